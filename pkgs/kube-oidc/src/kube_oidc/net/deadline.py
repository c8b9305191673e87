"""How much time is left: every step of one command shares it, so that nothing hangs beyond it."""

from __future__ import annotations

import time
from typing import Final

DEFAULT_SECONDS: Final = 10.0


class Deadline:
    """A number of seconds from now, on the monotonic clock: setting the clock does not move it."""

    __slots__ = ("_end", "seconds")

    def __init__(self, seconds: float = DEFAULT_SECONDS) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def remaining(self) -> float:
        """Seconds that are left, never below zero."""
        return max(0.0, self._end - time.monotonic())
