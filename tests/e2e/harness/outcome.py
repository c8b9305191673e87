"""Commands that are run to their end, and things that are waited for."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

TIMEOUT_SECONDS = 120
BUSY_SECONDS = (
    15  # what a busy machine may add to a limit: a Python or a kubectl that starts, a thread that waits
)
POLL_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one command; `seconds` is how long it took."""

    status: int
    output: str
    errors: str
    seconds: float


def ran(
    command: Sequence[str | Path], environment: Mapping[str, str] | None = None, stdin: str = ""
) -> Outcome:
    """The command, run to its end."""
    started = time.monotonic()
    done = subprocess.run(
        command,
        env=environment,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    return Outcome(done.returncode, done.stdout, done.stderr, time.monotonic() - started)


def kube_oidc(*arguments: str, environment: Mapping[str, str] | None = None, stdin: str = "") -> Outcome:
    """The project's own command."""
    return ran([sys.executable, "-m", "kube_oidc", *arguments], environment, stdin)


def within(seconds: float, seen: Callable[[], bool]) -> float:
    """After how many seconds it was so; AssertionError when it is not within these."""
    started = time.monotonic()
    while not seen():
        assert time.monotonic() - started < seconds, f"not within {seconds:g} s"
        time.sleep(POLL_SECONDS)
    return time.monotonic() - started
