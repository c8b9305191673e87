"""What this machine knows of its API server: the state of its systemd unit, and its log."""

from __future__ import annotations

import glob
import os
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_TIMEOUT_SECONDS: Final = 10.0
_LINES: Final = 4000
_MAX_LOG_BYTES: Final = 4 << 20  # bytes of a log file's end


@dataclass(frozen=True, slots=True)
class Machine:
    """`unit` is the API server's, empty if not known; `logs` is a pattern of its log files, empty for the journal."""

    unit: str = ""
    logs: str = ""

    def log(self, since: float) -> str:
        """The API server's log since then (Unix seconds; of log files, all of their end); empty if not readable."""
        if self.logs:
            return "".join(_ends(self.logs))
        if not self.unit:
            return ""
        which = ["--unit", self.unit, f"--since=@{max(0, int(since))}", f"--lines={_LINES}"]
        return _output(["journalctl", *which, "--output=cat", "--no-pager", "--quiet"])

    def stopped(self) -> str:
        """How the unit has stopped for good, as in `failed`; empty if it runs, will be restarted, or is not known."""
        if not self.unit:
            return ""
        state = _output(["systemctl", "show", "--property=ActiveState", "--value", self.unit]).strip()
        return state if state in ("inactive", "failed") else ""


def _ends(pattern: str) -> Iterable[str]:
    for name in sorted(glob.glob(pattern), key=_changed):  # noqa: PTH207 - an absolute pattern
        try:
            with Path(name).open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - _MAX_LOG_BYTES))
                yield file.read(_MAX_LOG_BYTES).decode(errors="replace")
        except OSError:
            continue


def _changed(name: str) -> float:
    try:
        return Path(name).stat().st_mtime
    except OSError:
        return 0.0


def _output(command: list[str]) -> str:
    """What the program prints; empty if it is missing, fails or takes too long."""
    try:
        done = subprocess.run(  # noqa: S603 - journalctl or systemctl of PATH
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_TIMEOUT_SECONDS,
            check=False,
            text=True,
            errors="replace",
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout
