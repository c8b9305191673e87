"""Parses and formats text like Go's `strconv`, `fmt` and `time`."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

_FLOAT: Final = re.compile(
    r"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|(?:inf|infinity))$|nan$", re.IGNORECASE
)
_HEX_FLOAT: Final = re.compile(
    r"([+-]?)0[xX]_?([0-9a-fA-F]*(?:_[0-9a-fA-F]+)*)\.?([0-9a-fA-F]*(?:_[0-9a-fA-F]+)*)[pP]([+-]?[0-9]+)$"
)
_UNDERSCORE: Final = re.compile(r"(?<=[0-9])_(?=[0-9])")
_INTEGER: Final = re.compile(r"[+-]?[0-9]+$")
_UNITS: Final = {
    "ns": 1, "us": 1000, "µs": 1000, "μs": 1000, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9,
}  # fmt: skip
_DURATION_PART: Final = re.compile(r"([0-9]*)(?:(\.)([0-9]*))?([^0-9.]+)")
_RFC3339: Final = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{1,2}):([0-9]{2}):([0-9]{2})(?:[.,]([0-9]+))?"
    r"(?:(Z)|([+-])([0-9]{2}):([0-9]{2}))$",
    re.ASCII,
)
_DAYS_IN_MONTH: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_MAX_POWER: Final = 6  # strconv's, for the shortest digits
MAX_INT: Final = (1 << 63) - 1
MIN_INT: Final = -(1 << 63)
MAX_UINT: Final = (1 << 64) - 1


def parse_int(text: str) -> int | None:
    """`strconv.ParseInt(text, 10, 64)`."""
    if not _INTEGER.match(text) or text.endswith("\n"):
        return None
    digits = text.lstrip("+-").lstrip("0") or "0"
    if len(digits) > 19:
        return None
    value = -int(digits) if text.startswith("-") else int(digits)
    return value if MIN_INT <= value <= MAX_INT else None


def parse_uint(text: str) -> int | None:
    """`strconv.ParseUint(text, 10, 64)`."""
    if not text or not text.isascii() or not text.isdigit():
        return None
    digits = text.lstrip("0") or "0"
    if len(digits) > 20:
        return None
    value = int(digits)
    return value if value <= MAX_UINT else None


def parse_float(text: str) -> float | None:
    """`strconv.ParseFloat(text, 64)`; out of range is an error."""
    if (match := _HEX_FLOAT.match(text)) is not None and not text.endswith("\n"):
        return _hex_float(*match.groups())
    plain = _UNDERSCORE.sub("", text)
    if not _FLOAT.match(plain) or plain.endswith("\n"):
        return None
    value = float(plain)
    return None if value in (float("inf"), float("-inf")) and "n" not in plain.lower() else value


def _hex_float(sign: str, whole: str, fraction: str, exponent: str) -> float | None:
    whole, fraction = whole.replace("_", ""), fraction.replace("_", "")
    if not whole and not fraction:
        return None
    try:
        return float.fromhex(f"{sign}0x{whole or '0'}.{fraction}p{exponent}")
    except OverflowError:
        return None


def parse_duration(text: str) -> int | None:
    """`time.ParseDuration` in nanoseconds."""
    negative = text.startswith("-")
    rest = text[1:] if text[:1] in ("+", "-") else text
    if rest == "0":
        return 0
    total = position = 0
    while position < len(rest):
        match = _DURATION_PART.match(rest, position)
        if match is None or not (match[1] or match[3]) or match[4] not in _UNITS:
            return None
        unit = _UNITS[match[4]]
        amount = int(match[1] or "0") * unit if len(match[1]) < 30 else MAX_UINT
        if amount > 1 << 63:
            return None
        total += amount + _fraction(match[3] or "", unit)
        if total > 1 << 63:
            return None
        position = match.end()
    if not rest or (total > MAX_INT and not negative):
        return None
    return -total if negative else total


def _fraction(digits: str, unit: int) -> int:
    """A fraction of a unit, computed like Go: digits that overflow are dropped, the rest is floating point."""
    value, scale = 0, 1.0
    for digit in digits:
        if value > MAX_INT // 10 or value * 10 + int(digit) > 1 << 63:
            break
        value, scale = value * 10 + int(digit), scale * 10
    return int(float(value) * (float(unit) / scale)) if value else 0


def parse_rfc3339(text: str) -> tuple[int, int] | None:
    """`time.Parse(time.RFC3339, text)` as nanoseconds since 1970 and the offset in seconds."""
    match = _RFC3339.match(text)
    if match is None or text.endswith("\n"):
        return None
    year, month, day, hour, minute, second = (int(match[i]) for i in range(1, 7))
    if not 1 <= month <= 12 or not 1 <= day <= _days(year, month) or hour > 23 or minute > 59 or second > 59:
        return None
    offset = 0
    if match[8] is None:
        hours, minutes = int(match[10]), int(match[11])
        if hours > 24 or minutes > 60:
            return None
        offset = (hours * 3600 + minutes * 60) * (-1 if match[9] == "-" else 1)
    seconds = days_since_1970(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset
    return seconds * 10**9 + int((match[7] or "0")[:9].ljust(9, "0")), offset


def _days(year: int, month: int) -> int:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 29 if month == 2 and leap else _DAYS_IN_MONTH[month - 1]


def days_since_1970(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 in the proleptic Gregorian calendar, which has a year 0."""
    year -= month <= 2
    era, of_era = divmod(year, 400)
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468


def civil(days: int) -> tuple[int, int, int]:
    """Year, month and day of a day since 1970-01-01."""
    era, of_era = divmod(days + 719468, 146097)
    year = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    shifted = (5 * of_year + 2) // 153
    month = shifted + (3 if shifted < 10 else -9)
    return year + era * 400 + (month <= 2), month, of_year - (153 * shifted + 2) // 5 + 1


def rfc3339(nanoseconds: int, offset: int) -> str:
    """`time.RFC3339Nano`: no trailing zeros, Z for no offset."""
    seconds, fraction = divmod(nanoseconds, 10**9)
    days, of_day = divmod(seconds + offset, 86400)
    year, month, day = civil(days)
    clock = f"{of_day // 3600:02}:{of_day // 60 % 60:02}:{of_day % 60:02}"
    decimals = f".{fraction:09}".rstrip("0") if fraction else ""
    sign, minutes = "-" if offset < 0 else "+", abs(offset) // 60
    zone = f"{sign}{minutes // 60:02}:{minutes % 60:02}" if offset else "Z"
    return f"{year:04}-{month:02}-{day:02}T{clock}{decimals}{zone}"


def format_g(value: float) -> str:
    """`%g` and `%v`: the shortest digits that round-trip, with an exponent below 1e-4 and from 1e6."""
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "+Inf" if value > 0 else "-Inf"
    sign, digits, exponent = Decimal(repr(value)).as_tuple()
    text = "".join(map(str, digits)).rstrip("0") or "0"
    point = len(digits) + int(exponent)  # the value is 0.DIGITS × 10 to this power
    power = point - 1 if text != "0" else 0
    minus = "-" if sign else ""
    if power < -4 or power >= _MAX_POWER:
        mantissa = text[0] + ("." + text[1:] if len(text) > 1 else "")
        return f"{minus}{mantissa}e{'-' if power < 0 else '+'}{abs(power):02}"
    return minus + format_f(abs(value))


def format_f(value: float) -> str:
    """`strconv.FormatFloat(value, 'f', -1, 64)`: the shortest digits that round-trip, never an exponent."""
    if value != value or value in (float("inf"), float("-inf")):
        return format_g(value)
    text = f"{Decimal(repr(value)):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
