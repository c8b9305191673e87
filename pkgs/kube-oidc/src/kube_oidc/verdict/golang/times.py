"""`time.Unix` and Go's format of a time, for any number of seconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

_TO_YEAR_ONE: Final = 62135596800  # seconds from year 1, where Go counts from, to 1970
_CYCLE_SECONDS: Final = 146_097 * 86_400  # 400 Gregorian years
_FIRST_SHOWN: Final = (-292_277_022_399 - 1970) * 31_556_952  # Go's absolute zero; earlier times wrap around
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def wrap_seconds(value: float) -> int:
    """Unix seconds as in Go's `int64(value)` and `time.Unix`: they wrap around beyond 64 bits."""
    whole = int(value)
    if not -(2**63) <= whole < 2**63:
        whole = -(2**63)  # the result of converting a float on amd64
    since_year_one = whole + _TO_YEAR_ONE
    if since_year_one >= 2**63:
        since_year_one -= 2**64
    return since_year_one - _TO_YEAR_ONE


def show_time(seconds: float) -> str:
    """The time in UTC as Go's `time.Time.String` formats it."""
    whole = int(seconds // 1)
    if whole < _FIRST_SHOWN:
        whole += 2**64
    cycles, rest = divmod(whole, _CYCLE_SECONDS)
    moment = _EPOCH + timedelta(seconds=rest)
    micro = round(seconds % 1 * 1_000_000) if isinstance(seconds, float) else 0
    fraction = f".{micro:06d}".rstrip("0") if micro else ""
    year = moment.year + 400 * cycles
    shown = f"-{-year:04d}" if year < 0 else f"{year:04d}"
    return f"{shown}-{moment:%m-%d %H:%M:%S}{fraction} +0000 UTC"
