"""Times for people: `3 min ago (14:03:07 UTC)`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

DAY_SECONDS: Final = 86_400
_UNITS: Final = ((DAY_SECONDS, "days"), (3600, "h"), (60, "min"))


def duration(seconds: float) -> str:
    """The largest unit that there are two of."""
    for size, unit in _UNITS:
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def ago(moment: float, now: float) -> str:
    """How long ago the moment (Unix seconds) was, and its time of day, with the date where it was another day's."""
    then = datetime.fromtimestamp(moment, UTC)
    form = "%H:%M:%S UTC" if now - moment < DAY_SECONDS else "%Y-%m-%d %H:%M:%S UTC"
    return f"{duration(max(0.0, now - moment))} ago ({then.strftime(form)})"
