"""`make mutants`: breaks each rule in every way below, one at a time, and counts what the package's fast tests miss.

    python tests/mutants [AREA...] [--list] [--survivors-only]

Every function that decides (areas.py) returns nothing, or always true, or always false; each condition always holds, or
never; each part of `and` and `or` is dropped; each comparison is negated; each statement that only acts is removed. A
mutant is one compiled function, put in place of the real one in a fork of the collected test session, so that no test
pays for starting. It runs the tests that reach the function, the fastest first, until one fails. Exit status 1: a
mutant survived, or an entry of equivalent.txt is stale.
"""

from __future__ import annotations

import functools
import gc
import os
import signal
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path
from types import CodeType, FunctionType
from typing import Final

import pytest
from _pytest.runner import runtestprotocol

sys.path.insert(0, str(Path(__file__).parent))
from mutations import Mutant, mutants_of

ROOT: Final = Path(__file__).resolve().parents[2]
PACKAGE: Final = ROOT / "pkgs/kube-oidc"
TESTS: Final = PACKAGE / "tests"
EQUIVALENT: Final = Path(__file__).parent / "equivalent.txt"
SECONDS_PER_MUTANT: Final = 60
SECONDS_TO_TRACE: Final = 900
# Area → the modules whose functions decide, and the tests that hold them.
# They word advice on a token that is refused already, and decide nothing.
ADVICE: Final = frozenset({"refusal_kinds.py", "refusal_remedies.py", "refused_log.py"})
AREAS: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "validation": (
        ("verdict/validation/*.py",),
        ("test_validation.py", "test_document.py", "test_certificates.py", "test_remedies.py", "test_check.py"),
    ),
    "authentication": (
        ("authn/*.py",),
        (
            "test_authenticate.py", "test_explain_arguments.py", "test_explain_log.py",
            "test_status/test_any_answer.py", "test_status/test_keys.py", "test_steps.py",
        ),
    ),
    "RBAC": (
        (
            "rbac/aggregation.py", "rbac/builtin.py", "rbac/decode.py", "rbac/loading.py", "rbac/matches.py",
            "rbac/model.py", "rbac/policy.py", "rbac/validate.py",
        ),
        ("test_rbac.py", "rbac", "test_access"),
    ),
}  # fmt: skip


class Runner:
    """A pytest plugin: after collection it runs mutants instead of tests."""

    def __init__(self, area: str, workers: int) -> None:
        self.area, self.workers = area, workers
        self.counts: Counter[str] = Counter()
        self.survivors: list[Mutant] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Traces the tests once, then runs every mutant, `workers` at a time."""
        patterns, _ = AREAS[self.area]
        source = PACKAGE / "src/kube_oidc"
        files = sorted(
            path for pattern in patterns for path in source.glob(pattern) if path.name not in ADVICE
        )
        mutants = [mutant for file in files for mutant in mutants_of(file, source.parent)]
        with session.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
            reached = trace(session, {mutant.file for mutant in mutants})
            self._run_all(session, mutants, reached)
        return True

    def _run_all(
        self, session: pytest.Session, mutants: list[Mutant], reached: dict[tuple[str, int], list[int]]
    ) -> None:
        running: dict[int, Mutant] = {}
        started = time.monotonic()
        for number, mutant in enumerate(mutants, start=1):
            items = reached.get((mutant.file, mutant.first_line), [])
            if items:
                running[fork(lambda m=mutant, i=items: run_tests(session, i, m))] = mutant
            else:
                self._count(mutant, "survived")
            while len(running) >= self.workers or (running and number == len(mutants)):
                pid, status = os.wait()
                code = os.waitstatus_to_exitcode(status)
                self._count(running.pop(pid), "survived" if code == 0 else "killed")
            if number % 50 == 0 or number == len(mutants):
                seconds = time.monotonic() - started
                print(f"{self.area}: {number} of {len(mutants)} mutants, {seconds:.0f} s", file=sys.stderr)

    def _count(self, mutant: Mutant, outcome: str) -> None:
        self.counts[outcome] += 1
        if outcome == "survived":
            self.survivors.append(mutant)


def fork(work: object, seconds: int = SECONDS_PER_MUTANT) -> int:
    """A child that does the work and ends with its status: 0 for true; a hang ends it by a signal."""
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(seconds)
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        status = 0 if work() else 1  # type: ignore[operator]
    finally:
        os._exit(status)


def run_tests(session: pytest.Session, numbers: list[int], mutant: Mutant) -> bool:
    """Do these tests pass with the mutant in place? Stops at the first that fails."""
    put_in_place(mutant)
    items = [session.items[number] for number in numbers]
    for item, following in zip(items, [*items[1:], None], strict=True):
        if any(report.failed for report in runtestprotocol(item, log=False, nextitem=following)):
            return False
    return True


def put_in_place(mutant: Mutant) -> None:
    """The mutant's code becomes that of the function, wherever it was imported to."""
    found: object = sys.modules[mutant.module]
    for name in mutant.function.split("."):
        found = vars(found)[name]
    while not isinstance(found, FunctionType):
        found = next(
            inner
            for key in ("__wrapped__", "fget", "func", "__func__")
            if (inner := getattr(found, key, None))
        )
    found.__code__ = mutant.code()


def trace(session: pytest.Session, files: set[str]) -> dict[tuple[str, int], list[int]]:
    """File and first line of a function → the tests that reach it, the fastest first."""
    path = Path(os.environ.get("TMPDIR", "/tmp")) / f"mutants-{os.getpid()}"
    pid = fork(lambda: path.write_text("\n".join(traced(session, files))), SECONDS_TO_TRACE)
    os.waitpid(pid, 0)
    text = path.read_text() if path.exists() else "the tests end the process"
    if "\t" not in text:
        raise pytest.UsageError(text)
    found: dict[tuple[str, int], list[tuple[float, int]]] = defaultdict(list)
    for line in text.splitlines():
        number, seconds, file, first_line = line.split("\t")
        found[file, int(first_line)].append((float(seconds), int(number)))
    path.unlink()
    return {place: [number for _, number in sorted(tests)] for place, tests in found.items()}


def traced(session: pytest.Session, files: set[str]) -> list[str]:
    """A line for each test and function that it reaches, by itself: no fixture and no cached result is left over."""
    lines = []
    caches = [
        found
        for found in gc.get_objects()
        if isinstance(found, functools._lru_cache_wrapper) and found.__module__.startswith("kube_oidc.")
    ]
    for number, item in enumerate(session.items):
        for cache in caches:
            cache.cache_clear()
        seen: set[CodeType] = set()
        started = time.monotonic()
        sys.setprofile(lambda frame, event, _, seen=seen: seen.add(frame.f_code) if event == "call" else None)
        reports = runtestprotocol(item, log=False, nextitem=None)
        sys.setprofile(None)
        failed = [report.longreprtext for report in reports if report.failed]
        if failed:
            return [f"{item.nodeid} fails without any mutant:\n{failed[0]}"]
        seconds = time.monotonic() - started
        places = {(code.co_filename, code.co_firstlineno) for code in seen if code.co_filename in files}
        lines += [f"{number}\t{seconds:.4f}\t{file}\t{line}" for file, line in sorted(places)]
    return lines


def equivalent() -> dict[str, str]:
    """Mutants that no test can tell from the original, each with the reason."""
    lines = EQUIVALENT.read_text(encoding="utf-8").splitlines()
    pairs = [line.split(" -- ", 1) for line in lines if line and not line.startswith("#")]
    return {name.strip(): reason for name, reason in pairs}


def main(arguments: list[str]) -> int:
    """Runs the areas that are named, or all; prints the table and what survived."""
    areas = [area for area in AREAS if area in arguments or not arguments]
    known, seen, bad = equivalent(), set(), []
    rows = []
    for area in areas:
        runner = Runner(area, os.cpu_count() or 1)
        tests = [str(TESTS / name) for name in AREAS[area][1]]
        options = ["-c", str(PACKAGE / "pyproject.toml"), f"--rootdir={ROOT}", "-q", "-p", "no:cacheprovider"]
        started = time.monotonic()
        if pytest.main([*options, *tests], plugins=[runner]) not in (
            pytest.ExitCode.OK,
            pytest.ExitCode.NO_TESTS_COLLECTED,
        ):
            return 2
        names = {str(mutant): mutant for mutant in runner.survivors}
        seen |= names.keys() & known.keys()
        unexplained = [name for name in names if name not in known]
        bad += unexplained
        total, killed = sum(runner.counts.values()), runner.counts["killed"]
        rows.append(
            (area, total, killed, len(names) - len(unexplained), len(unexplained), time.monotonic() - started)
        )
    for name in bad:
        print(f"survived: {name}")
    stale = sorted(known.keys() - seen) if len(areas) == len(AREAS) else []
    for name in stale:
        print(f"stale in equivalent.txt: {name}")
    print(f"{'area':<16}{'mutants':>9}{'killed':>9}{'equivalent':>12}{'survived':>10}{'seconds':>9}")
    for area, total, killed, same, survived, seconds in rows:
        print(f"{area:<16}{total:>9}{killed:>9}{same:>12}{survived:>10}{seconds:>9.0f}")
    return 1 if bad or stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
