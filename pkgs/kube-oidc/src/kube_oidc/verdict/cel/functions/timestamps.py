"""Parts of timestamps and durations (cel-go's `common/types/timestamp.go`, `duration.go`)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from kube_oidc.verdict.cel.gotext import civil, days_since_1970
from kube_oidc.verdict.cel.values import CelError, Duration, Timestamp
from kube_oidc.verdict.golang.quote import quote
from kube_oidc.verdict.undecidable import Undecidable

_FIRST_LOCAL: Final = -62_135_510_400  # 0001-01-02
_LAST_LOCAL: Final = 253_402_128_000  # 9999-12-30
_FIXED: Final = re.compile(r"[+-]?[0-9]+", re.ASCII)
Part = Callable[[int, int], int]


def _day_of_year(days: int, _: int) -> int:
    return days - days_since_1970(civil(days)[0], 1, 1)


_PARTS: Final[dict[str, Part]] = {
    "year": lambda days, _: civil(days)[0],
    "month": lambda days, _: civil(days)[1] - 1,
    "day_of_year": _day_of_year,
    "day_of_month": lambda days, _: civil(days)[2] - 1,
    "day_of_month_1_based": lambda days, _: civil(days)[2],
    "day_of_week": lambda days, _: (days + 4) % 7,
    "hours": lambda _, nanoseconds: nanoseconds // (3600 * 10**9),
    "minutes": lambda _, nanoseconds: nanoseconds // (60 * 10**9) % 60,
    "seconds": lambda _, nanoseconds: nanoseconds // 10**9 % 60,
    "milliseconds": lambda _, nanoseconds: nanoseconds // 10**6 % 1000,
}


def _part(name: str) -> Callable[..., int]:
    part = _PARTS[name]

    def call(time: Timestamp, zone: str = "UTC") -> int:
        local = time.nanoseconds + _offset(zone, time) * 10**9
        return part(*divmod(local, 86400 * 10**9))

    return call


def _offset(zone: str, time: Timestamp) -> int:
    """Seconds east of UTC; the zone is a name or `[+-]hours:minutes`."""
    before, colon, after = zone.partition(":")
    if not colon:
        return _named_offset(zone, time)
    hours, minutes = _number(before), _number(after)
    whole = hours * 60 - minutes if zone.startswith("-") else hours * 60 + minutes
    nanoseconds = _wrapped(whole * 60 * 10**9)  # as in Go, before converting to seconds
    return nanoseconds // 10**9 if nanoseconds >= 0 else -(-nanoseconds // 10**9)


def _wrapped(number: int) -> int:
    return (number + 2**63) % 2**64 - 2**63


def _number(text: str) -> int:
    if not _FIXED.fullmatch(text):
        raise CelError(f"strconv.Atoi: parsing {quote(text)}: invalid syntax")
    if len(text.lstrip("+-0")) > 19 or not -(2**63) <= int(text) < 2**63:
        raise CelError(f"strconv.Atoi: parsing {quote(text)}: value out of range")
    return int(text)


def _named_offset(zone: str, time: Timestamp) -> int:
    if zone in ("", "UTC"):
        return 0
    if zone == "Local":
        raise Undecidable("the time zone Local depends on the API server's machine")
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - rarely needed, and slow to import

    if ".." in zone or zone.startswith(("/", "\\")):
        raise CelError("time: invalid location name")
    try:
        place = ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise CelError(f"unknown time zone {zone}") from None
    # No zone changes in the first and last days that Python supports, whose local time it can't represent.
    seconds = min(max(time.nanoseconds // 10**9, _FIRST_LOCAL), _LAST_LOCAL)
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    offset = moment.astimezone(place).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())


def _duration(unit: int) -> Callable[[Any], int]:
    def call(duration: Duration) -> int:
        whole = abs(duration.nanoseconds) // unit
        return -whole if duration.nanoseconds < 0 else whole

    return call


FUNCTIONS: Final[dict[str, Callable[..., int]]] = {
    **{f"timestamp_to_{name}": _part(name) for name in _PARTS},
    **{f"timestamp_to_{name}_with_tz": _part(name) for name in _PARTS},
    "timestamp_to_seconds_tz": _part("seconds"),
    "duration_to_hours": _duration(3600 * 10**9),
    "duration_to_minutes": _duration(60 * 10**9),
    "duration_to_seconds": _duration(10**9),
    "duration_to_milliseconds": _duration(10**6),
}
