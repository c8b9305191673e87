"""Conversions between values: `int(x)`, `string(x)`, `timestamp(x)` and so on (cel-go's `ConvertToType`)."""

from __future__ import annotations

from typing import Final, NoReturn

from kube_oidc.verdict.cel import gotext
from kube_oidc.verdict.cel.values import CelError, Duration, Timestamp, Uint, type_name
from kube_oidc.verdict.golang.booleans import parse_bool

MIN_TIME: Final = -62135596800
MAX_TIME: Final = 253402300799


def _refuse(value: object, wanted: str) -> NoReturn:
    raise CelError(f"type conversion error from '{type_name(value)}' to '{wanted}'")


def to_int(value: object) -> int:
    """`int(value)`."""
    match value:
        case bool():
            _refuse(value, "int")
        case Uint():
            if value > gotext.MAX_INT:
                raise CelError("integer overflow")
            return int(value)
        case int():
            return value
        case float():
            if not -(2.0**63) < value < 2.0**63:
                raise CelError("integer overflow")
            return int(value)
        case str():
            number = gotext.parse_int(value)
            return _refuse(value, "int") if number is None else number
        case Timestamp():
            return value.nanoseconds // 10**9
        case Duration():
            return value.nanoseconds
    _refuse(value, "int")


def to_uint(value: object) -> Uint:
    """`uint(value)`."""
    match value:
        case bool():
            _refuse(value, "uint")
        case Uint():
            return value
        case int():
            if value < 0:
                raise CelError("unsigned integer overflow")
            return Uint(value)
        case float():
            if not 0 <= value < 2.0**64:
                raise CelError("unsigned integer overflow")
            return Uint(int(value))
        case str():
            number = gotext.parse_uint(value)
            return _refuse(value, "uint") if number is None else Uint(number)
    _refuse(value, "uint")


def to_double(value: object) -> float:
    """`double(value)`."""
    match value:
        case bool():
            _refuse(value, "double")
        case int() | float():
            return float(value)
        case str():
            number = gotext.parse_float(value)
            return _refuse(value, "double") if number is None else number
    _refuse(value, "double")


def to_bool(value: object) -> bool:
    """`bool(value)`."""
    if isinstance(value, bool):
        return value
    parsed = parse_bool(value) if isinstance(value, str) else None
    return _refuse(value, "bool") if parsed is None else parsed


def to_string(value: object) -> str:
    """`string(value)`."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int():
            return str(int(value))
        case float():
            return gotext.format_g(value)
        case bytes():
            try:
                return value.decode("utf-8")
            except UnicodeDecodeError:
                raise CelError("invalid UTF-8 in bytes, cannot convert to string") from None
        case Timestamp():
            return gotext.rfc3339(value.nanoseconds, value.offset)
        case Duration():
            return duration_text(value)
        case None:
            return "null"
    _refuse(value, "string")


def duration_text(value: Duration) -> str:
    """Seconds without an exponent, and an `s`."""
    whole = abs(value.nanoseconds) // 10**9
    seconds = whole + abs(value.nanoseconds) % 10**9 / 1e9
    return gotext.format_f(-seconds if value.nanoseconds < 0 else float(seconds)) + "s"


def to_bytes(value: object) -> bytes:
    """`bytes(value)`."""
    if isinstance(value, bytes):
        return value
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else _refuse(value, "bytes")


def to_duration(value: object) -> Duration:
    """`duration(value)`."""
    if isinstance(value, Duration):
        return value
    parsed = gotext.parse_duration(value) if isinstance(value, str) else None
    return _refuse(value, "google.protobuf.Duration") if parsed is None else Duration(parsed)


def to_timestamp(value: object) -> Timestamp:
    """`timestamp(value)`: RFC 3339 text or seconds since 1970, within the years 1 to 9999."""
    match value:
        case Timestamp():
            return value
        case bool():
            pass
        case int() if not isinstance(value, Uint):
            return in_range(Timestamp(value * 10**9))
        case str():
            parsed = gotext.parse_rfc3339(value)
            if parsed is not None:
                return in_range(Timestamp(*parsed))
    _refuse(value, "google.protobuf.Timestamp")


def in_range(value: Timestamp) -> Timestamp:
    """The timestamp itself if its year has four digits."""
    if not MIN_TIME <= value.nanoseconds // 10**9 <= MAX_TIME:
        raise CelError("timestamp overflow")
    return value
