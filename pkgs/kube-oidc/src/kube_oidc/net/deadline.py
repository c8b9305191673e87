"""A deadline that all steps of a command share."""

from __future__ import annotations

import time
from typing import Final

DEFAULT_SECONDS: Final = 10.0


class Deadline:
    """A number of seconds from now, on the monotonic clock, so changing the system time has no effect."""

    __slots__ = ("_end", "seconds")

    def __init__(self, seconds: float = DEFAULT_SECONDS) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def remaining(self) -> float:
        """Seconds left, at least 0."""
        return max(0.0, self._end - time.monotonic())
