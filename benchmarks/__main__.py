"""`make bench`: what the checker costs beside kube-apiserver and its own packages, in one run, as ratios."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from differential.oracle.process import Reference, ReferenceMissingError
from e2e.harness.binaries import MissingProgramError, locate
from kube_oidc.verdict.apiserver import Flags, refusal

from benchmarks import inputs
from benchmarks.measure import Cost, middle, run, side_by_side
from benchmarks.starts import started

PROGRAM: Final = str(Path(sys.executable).with_name("kube-oidc"))
ROW: Final = "{:<62}{:>16}{:>18}{:>8}   {}"
POST_ISSUER: Final = "https://git.technowizardry.net/api/actions"


def main() -> int:
    """Prints the table; exit status 2 where there is nothing to measure against."""
    try:
        binary = locate("kube-apiserver").path("kube-apiserver")
        with tempfile.TemporaryDirectory(prefix="kube-oidc-bench-") as name, Reference() as reference:
            print(ROW.format("what", "kube-oidc", "kube-apiserver", "ratio", "aim"))
            for row in rows(Path(name), binary, reference):
                print(ROW.format(*row), flush=True)
    except (MissingProgramError, ReferenceMissingError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    return 0


def rows(folder: Path, binary: Path, reference: Reference) -> Iterator[tuple[str, str, str, str, str]]:
    """Each line of the table."""
    memory: list[tuple[str, float]] = []
    yield from started(folder, PROGRAM)
    for title, path in (
        ("check the post's file, cold", inputs.post(folder)),
        ("check 64 issuers of 20 expressions, cold", inputs.big(folder)),
    ):
        ours, theirs = side_by_side(lambda path=path: checked(path), lambda path=path: asked(binary, path))
        memory.append((f"peak memory: {title}", ours.peak))
        numbers = (
            f"{ours.wall * 1000:.0f} ms",
            f"{theirs.wall * 1000:.0f} ms",
            f"{ours.wall / theirs.wall:.2f}",
        )
        yield (title, *numbers, "at most 1.00, aim at 0.50")
    yield from proved(folder, memory)
    cost = middle([checked(inputs.many(folder)) if n == 0 else checked(folder / "many") for n in range(3)])
    rate = f"{inputs.FILES / cost.processor:.0f} files/s"
    yield (f"check {inputs.FILES} files in one call, one core", rate, "", "", "at least 200 files/s")
    memory.append((f"peak memory: {inputs.FILES} files", cost.peak))
    yield from explained(folder, reference, memory)
    yield from accessed(folder)
    yield from audited(folder)
    for title, peak in memory:
        yield (title, f"{peak:.0f} MiB", "", "", "under 300 MiB" if "prove" in title else "under 120 MiB")


def proved(folder: Path, memory: list[tuple[str, float]]) -> Iterator[tuple[str, str, str, str, str]]:
    """What questions about all tokens cost: of a change to the post's file, and of the big file."""
    loose = inputs.post(folder)
    pinned = inputs.pinned(folder)
    for title, words, aim in (
        ("check with proofs, the post's file", ["check", str(loose)], "at most 1.5 s"),
        (
            "check with proofs, 64 issuers of 20 expressions",
            ["check", str(inputs.big(folder))],
            "at most 60 s",
        ),
        ("access --compare, proved", ["access", str(pinned), "--compare", str(loose)], "at most 2 s"),
    ):
        command = [PROGRAM, *words]
        cost = _expect(run(command), command)
        memory.append((f"peak memory: {title}", cost.peak))
        yield (title, f"{cost.wall:.2f} s", "", "", aim)


def explained(
    folder: Path, reference: Reference, memory: list[tuple[str, float]]
) -> Iterator[tuple[str, str, str, str, str]]:
    """Claims to users, a stream of them: our command beside kube-apiserver's authenticator."""
    for title, config, issuer in (
        ("explain claims, the post's file, one core", inputs.post(folder), POST_ISSUER),
        (
            "explain claims, 8 expressions, one core",
            inputs.with_expressions(folder),
            "https://issuer0.example",
        ),
    ):
        stream = inputs.claims(folder, issuer)
        command = [
            PROGRAM,
            "explain",
            str(config),
            "--claims",
            str(stream),
            "--at",
            str(inputs.NOW),
            "--format",
            "json",
        ]
        ours = middle([_expect(run(command), command) for _ in range(3)])
        memory.append((f"peak memory: {title}", ours.peak))
        theirs = _authenticated(reference, config, stream)
        rate, their_rate = inputs.CLAIMS / ours.processor, inputs.CLAIMS / theirs
        yield (
            title,
            f"{rate:.0f}/s",
            f"{their_rate:.0f}/s (pipe)",
            f"{their_rate / rate:.2f}",
            "at least 5000/s",
        )


def accessed(folder: Path) -> Iterator[tuple[str, str, str, str, str]]:
    """Who may do what, from the files to the page."""
    configuration, rbac = inputs.access(folder)
    for how in ("text", "html"):
        command = [PROGRAM, "access", str(configuration), "--rbac", str(rbac), "--format", how]
        cost = middle([_expect(run(command), command) for _ in range(3)])
        title = f"access on 64 issuers and {inputs.BINDINGS} bindings, {how}"
        yield (title, f"{cost.wall:.2f} s", "", "", f"under 3 s ({cost.processor:.2f} s of processor)")


def audited(folder: Path) -> Iterator[tuple[str, str, str, str, str]]:
    """An audit log, next to Python's own JSON parser on the same lines."""
    log = inputs.audit_log(folder)
    size = log.stat().st_size / 1e6
    command = [PROGRAM, "audit", str(log)]
    cost = middle([_expect(run(command), command) for _ in range(3)])
    started = time.process_time()
    for line in log.read_bytes().splitlines():
        json.loads(line)
    parsed = time.process_time() - started
    rate, parser_rate = size / cost.processor, size / parsed
    yield (
        f"audit of {size:.0f} MB, one core",
        f"{rate:.0f} MB/s",
        f"{parser_rate:.0f} MB/s (json)",
        f"{cost.processor / parsed:.2f}",
        "at least 50 MB/s",
    )


def _authenticated(reference: Reference, config: Path, stream: Path) -> float:
    """Seconds that the reference takes for the stream, its pipe included."""
    payloads = stream.read_text(encoding="utf-8").splitlines()
    data = config.read_bytes()
    started = time.perf_counter()
    answers = list(reference.authenticate_all((data, payload, inputs.NOW) for payload in payloads))
    taken = time.perf_counter() - started
    assert all(answer["authenticated"] for answer in answers)
    return taken


def checked(path: Path) -> Cost:
    """One `kube-oidc check`, from its start."""
    command = [PROGRAM, "check", str(path)]
    return _expect(run(command), command)


def asked(binary: Path, path: Path) -> Cost:
    """One verdict of kube-apiserver itself, from its start."""
    started = time.perf_counter()
    assert refusal(binary, path, Flags()) is None
    return Cost(time.perf_counter() - started, 0, 0, 0)


def _expect(cost: Cost, command: list[str]) -> Cost:
    """A measurement of a command that failed is none."""
    if cost.status != 0:
        raise SystemExit(f"bench: exit status {cost.status} of {' '.join(command)}")
    return cost


if __name__ == "__main__":
    sys.exit(main())
