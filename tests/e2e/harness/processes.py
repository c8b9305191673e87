"""Long-running programs: started with a log file, watched while they get ready, ended by their own id."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

POLL_SECONDS = 0.05


_PR_SET_PDEATHSIG = 1  # prctl(2)
_LIBC = ctypes.CDLL(None)


def end_with_parent() -> None:
    """In the new process: a parent that is killed outright takes its programs with it."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class NotReadyError(Exception):
    """A program ended, or did not get ready in time; the message has the end of its log."""


class Program:
    """One running program; what it prints goes to `log`."""

    def __init__(self, argv: Sequence[str | Path], log: Path, environment: Mapping[str, str]) -> None:
        self.name = Path(argv[0]).name
        self.log = log
        self._argv = [str(word) for word in argv]
        self._environment = dict(environment)
        log.write_bytes(b"")
        self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as output:
            return subprocess.Popen(
                self._argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=os.environ | self._environment,
                start_new_session=True,
                preexec_fn=end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509
            )

    def restart(self) -> None:
        """Ends it and starts the same command anew, with the same log, as `systemctl restart` does."""
        self.stop(patience=60)
        self._process = self._start()

    @property
    def ended(self) -> bool:
        """Whether it is gone."""
        return self._process.poll() is not None

    def wait(self, seconds: float) -> None:
        """Returns once it has ended; TimeoutExpired if it doesn't within these seconds."""
        self._process.wait(seconds)

    def tail(self, lines: int = 15) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def stop(self, patience: float = 5) -> None:
        """Ends it: politely, then not."""
        self._process.terminate()
        try:
            self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """Ends it without a word."""
        self._process.kill()
        self._process.wait()


@contextmanager
def running(
    argv: Sequence[str | Path], log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[Program]:
    """The program, for as long as the `with` block lasts."""
    program = Program(argv, log, environment or {})
    try:
        yield program
    finally:
        program.stop()


def wait_until(what: str, probe: Callable[[], bool], program: Program, seconds: float = 120) -> None:
    """Returns once `probe` is true; NotReadyError when the program ends before or the time is up."""
    deadline = time.monotonic() + seconds
    while not probe():
        if program.ended:
            raise NotReadyError(f"{program.name} ended before {what}:\n{program.tail()}")
        if time.monotonic() > deadline:
            raise NotReadyError(f"{what}: not within {seconds:.0f} s; {program.name} said:\n{program.tail()}")
        time.sleep(POLL_SECONDS)


def free_port() -> int:
    """A TCP port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
