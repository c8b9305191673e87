"""Values as Go's `%v` and `%T` print them in error messages."""

from __future__ import annotations

from typing import Final

from kube_oidc.verdict.cel import gotext
from kube_oidc.verdict.cel.values import Duration, MapValue, Optional, StringList, Timestamp, TypeValue, Uint

_GO_TYPES: Final[dict[type, str]] = {
    type(None): "types.Null",
    bool: "types.Bool",
    bytes: "types.Bytes",
    float: "types.Double",
    int: "types.Int",
    str: "types.String",
    Uint: "types.Uint",
    Timestamp: "types.Timestamp",
    Duration: "types.Duration",
    Optional: "*types.Optional",
    TypeValue: "*types.Type",
    list: "*types.baseList",
    StringList: "*types.baseList",
}
_UNESCAPING: Final = ("*oidc.unescapeLister", "*oidc.unescapeMapper")


def go_type(value: object) -> str:
    """The value's Go type, as `%T` prints it."""
    return _GO_TYPES.get(type(value)) or str(getattr(value, "go_type", "*types.baseMap"))


def printed(value: object) -> str:
    """The value as `%v` prints it."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case None:
            return "0"
        case int():
            return str(int(value))
        case float():
            return gotext.format_g(value)
        case bytes():
            return "[" + " ".join(map(str, value)) + "]"
        case list() | MapValue():
            return _parts(value)
        case Timestamp():
            return _time(value)
        case Duration():
            return go_duration(value.nanoseconds)
        case Optional():
            return f"optional({printed(value.value)})" if value.present else "optional.none()"
        case TypeValue():
            return value.name
    return str(value)


def _parts(value: list[object] | MapValue) -> str:
    if getattr(value, "go_type", "") in _UNESCAPING:
        return f"&{{{_entry(value)}}}"
    if isinstance(value, list):
        return "[" + ", ".join(map(printed, value)) + "]"
    return "{" + ", ".join(f"{printed(key)}: {printed(value.get(key))}" for key in value.keys()) + "}"


def _entry(value: object) -> str:
    """An entry of Kubernetes' wrapper of a claim: maps print as CEL values, items of lists as Go values."""
    if isinstance(value, list):
        return "[" + ", ".join(map(_native, value)) + "]"
    if isinstance(value, MapValue):
        return "{" + ", ".join(f"{key}: {_entry(value.get(key))}" for key in value.keys()) + "}"
    return printed(value)


def _native(value: object) -> str:
    if isinstance(value, list):
        return "[" + " ".join(map(_native, value)) + "]"
    if isinstance(value, MapValue):
        return (
            "map["
            + " ".join(f"{key}:{_native(value.get(key))}" for key in sorted(map(str, value.keys())))
            + "]"
        )
    return "<nil>" if value is None else printed(value)


def _time(value: Timestamp) -> str:
    text = gotext.rfc3339(value.nanoseconds, value.offset)
    date, _, clock = text.partition("T")
    if clock.endswith("Z"):
        return f"{date} {clock[:-1]} +0000 UTC"
    zone = clock[-6:].replace(":", "")
    return f"{date} {clock[:-6]} {zone} {zone}"


def go_duration(nanoseconds: int) -> str:
    """`time.Duration.String`, for example `1h0m0.5s`."""
    if nanoseconds == 0:
        return "0s"
    sign, rest = ("-", -nanoseconds) if nanoseconds < 0 else ("", nanoseconds)
    for unit, size in (("ns", 1), ("µs", 1000), ("ms", 10**6)):
        if rest < size * 1000:
            return f"{sign}{_decimal(rest, size)}{unit}"
    minutes, rest = divmod(rest, 60 * 10**9)
    seconds = f"{_decimal(rest, 10**9)}s"
    if not minutes:
        return f"{sign}{seconds}"
    hours, minutes = divmod(minutes, 60)
    return f"{sign}{hours}h{minutes}m{seconds}" if hours else f"{sign}{minutes}m{seconds}"


def _decimal(value: int, size: int) -> str:
    whole, fraction = divmod(value, size)
    digits = str(fraction).zfill(len(str(size)) - 1).rstrip("0")
    return f"{whole}.{digits}" if digits and size > 1 else str(whole)
