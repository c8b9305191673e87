"""A machine that runs systemd in its own namespaces: no virtual machine, no container engine, no packages."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from e2e.harness.processes import end_with_parent

TESTS: Final = Path(__file__).parents[1]
BOOT: Final = Path(__file__).parent / "boot.py"
SYSTEMD: Final = ("/usr/lib/systemd/systemd", "/lib/systemd/systemd")
PROGRAMS: Final = ("unshare", "nsenter", "pivot_root", "mount", "umount", "ip", "systemctl", "journalctl")
NAMESPACES: Final = ("--pid", "--mount", "--net", "--uts", "--ipc", "--cgroup")
PATH: Final = "/usr/local/bin:/usr/bin:/usr/sbin:/bin:/sbin"
TIMEOUT_SECONDS: Final = 120
_NUMBERS: Final = itertools.count(1)
CGROUPS: Final = ("/sys/fs/cgroup/unified", "/sys/fs/cgroup")


class CannotBootError(Exception):
    """This computer can't run such a machine; the message says why."""


def why_not() -> str | None:
    """What is missing on this computer without trying to boot, or None."""
    if sys.platform != "linux":
        return "systemd runs on Linux only"
    if os.geteuid() != 0:
        return "not root"
    if not any(Path(path).exists() for path in SYSTEMD):
        return "systemd is not installed"
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    return f"not installed: {', '.join(missing)}" if missing else None


@dataclass(frozen=True, slots=True)
class Machine:
    """A running machine; `pid` is its PID 1 as this computer sees it."""

    name: str
    pid: int

    @property
    def root(self) -> Path:
        """Its root folder; an absolute symbolic link below leads out of the machine."""
        return Path(f"/proc/{self.pid}/root")

    def command(self, *words: str | Path, environment: Mapping[str, str] | None = None) -> list[str]:
        """The command that runs these words inside, with nothing of this process' environment."""
        enter = ["nsenter", f"--target={self.pid}", "--mount", "--pid", "--net", "--ipc", "--uts", "--cgroup"]
        variables = {"PATH": PATH, "HOME": "/root", **(environment or {})}
        settings = [f"{name}={value}" for name, value in variables.items()]
        return [*enter, "--", "env", "-i", *settings, *map(str, words)]

    def run(
        self, *words: str | Path, stdin: str = "", timeout: float = TIMEOUT_SECONDS
    ) -> subprocess.CompletedProcess[str]:
        """Runs a command inside; stderr goes to stdout. TimeoutExpired after `timeout` seconds."""
        return subprocess.run(
            self.command(*words), input=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors="replace", timeout=timeout, check=False,
        )  # fmt: skip

    def succeed(self, *words: str | Path, stdin: str = "", timeout: float = TIMEOUT_SECONDS) -> str:
        """Runs a command inside and returns its output; AssertionError if it fails."""
        done = self.run(*words, stdin=stdin, timeout=timeout)
        assert done.returncode == 0, f"{' '.join(map(str, words))}: status {done.returncode}\n{done.stdout}"
        return done.stdout

    def write(self, path: str, content: str | bytes, mode: int = 0o644) -> None:
        """Writes a file inside, with its folders."""
        target = self.root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch(mode=0o600)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
        target.chmod(mode)

    def read(self, path: str) -> bytes:
        """The content of a file inside."""
        return (self.root / path.lstrip("/")).read_bytes()

    def is_active(self, unit: str) -> bool:
        """Whether a unit is active; False while systemd does not answer yet."""
        return self.run("systemctl", "is-active", unit).stdout.strip() == "active"

    def show(self, unit: str, name: str) -> str:
        """A property of a unit."""
        return self.succeed("systemctl", "show", "--value", f"--property={name}", unit).strip()

    def journal(self, unit: str) -> str:
        """Everything that a unit wrote."""
        return self.succeed("journalctl", "--no-pager", "--output=cat", f"--unit={unit}")

    def signal(self, unit: str, name: str) -> None:
        """Sends a signal to every process of a unit."""
        self.succeed("systemctl", "kill", f"--signal={name}", "--kill-who=all", unit)


def wait_until(probe: Callable[[], bool], what: str, seconds: float = 60) -> None:
    """Returns once `probe` is true; AssertionError when the time is up."""
    deadline = time.monotonic() + seconds
    while not probe():
        assert time.monotonic() < deadline, f"{what}: not within {seconds:.0f} s"
        time.sleep(0.1)


@contextmanager
def _cgroup(name: str) -> Iterator[Path]:
    """A control group for one machine, gone afterwards."""
    parent = next((path for path in map(Path, CGROUPS) if (path / "cgroup.procs").exists()), None)
    if parent is None:
        raise CannotBootError("no cgroup2 file system")
    folder = parent / f"kube-oidc-{os.getpid()}-{next(_NUMBERS)}-{name}"
    try:
        folder.mkdir()
    except OSError as error:
        raise CannotBootError(f"control groups are not permitted: {error}") from None
    try:
        yield folder
    finally:
        for path, _, _ in os.walk(folder, topdown=False):
            _retry(Path(path).rmdir)


def _retry(action: Callable[[], object], attempts: int = 50) -> None:
    """Repeats what the kernel refuses while processes still end."""
    for _ in range(attempts):
        with suppress(OSError):
            action()
            return
        time.sleep(0.05)


def _child_of(parent: int) -> int:
    """The only child of a process; ProcessLookupError if it has none."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == parent:
                return int(entry.name)
    raise ProcessLookupError(parent)


def _unshare(cgroup: Path | None, *words: str) -> list[str]:
    """The command that starts these words as PID 1 in new namespaces, in this control group."""
    enter = f'echo $$ > {cgroup}/cgroup.procs && exec "$@"' if cgroup else 'exec "$@"'
    namespaces = NAMESPACES if cgroup else ("--pid", "--mount", "--net")
    command = [
        "unshare",
        "--fork",
        "--kill-child",
        "--mount-proc",
        "--propagation=private",
        *namespaces,
        "--",
        *words,
    ]
    return ["sh", "-c", enter, "sh", *command]


@contextmanager
def started(
    words: Sequence[str], errors: IO[str], cgroup: Path | None = None
) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """A program as PID 1 in new namespaces, once it has written `ready`; killed at the end.

    Yields its process id, and the process that holds its stdin. CannotBootError if it ends before it is ready.
    """
    process = subprocess.Popen(
        _unshare(cgroup, *words), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
        env=os.environ | {"PYTHONPATH": str(TESTS)}, text=True, start_new_session=True, preexec_fn=end_with_parent,  # noqa: PLW1509
    )  # fmt: skip
    try:
        assert process.stdout is not None
        if process.stdout.readline() != "ready\n":
            process.wait(10)
            errors.seek(0)
            lines = errors.read().strip().splitlines()
            raise CannotBootError(lines[0] if lines else f"{words[0]} ended")
        yield _child_of(process.pid), process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def boot(
    folder: Path,
    name: str,
    binds: Mapping[str, Path],
    prepare: Callable[[Machine], None],
) -> Iterator[Machine]:
    """A machine that has begun to boot; `prepare` lays out its files before systemd starts.

    `binds` are files and folders of this computer by the places where the machine has them. CannotBootError if this
    computer can't do it.
    """
    reason = why_not()
    if reason is not None:
        raise CannotBootError(reason)
    systemd = next(path for path in SYSTEMD if Path(path).exists())
    root = folder / f"{name}-root"
    root.mkdir(parents=True)
    shown = [f"{source}={target}" for target, source in binds.items()]
    words = [sys.executable, "-I", str(BOOT), str(root), name, systemd, *shown]
    with (
        _cgroup(name) as cgroup,
        (folder / f"{name}.console").open("w+") as console,
        started(words, console, cgroup) as (pid, process),
    ):
        machine = Machine(name, pid)
        prepare(machine)
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.close()
        wait_until(lambda: machine.is_active("multi-user.target"), f"{name} boots")
        yield machine
