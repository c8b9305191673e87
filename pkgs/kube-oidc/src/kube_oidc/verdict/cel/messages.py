"""Protobuf messages in an expression; wrappers of plain values become these values."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, Final

from kube_oidc.verdict.cel.values import CelError, Duration, MapValue, Timestamp, Uint
from kube_oidc.verdict.cel.well_known import SCALARS
from kube_oidc.verdict.undecidable import Undecidable

_WRAPPERS: Final[dict[str, object]] = {
    "BoolValue": False,
    "BytesValue": b"",
    "DoubleValue": 0.0,
    "FloatValue": 0.0,
    "Int32Value": 0,
    "Int64Value": 0,
    "StringValue": "",
    "UInt32Value": Uint(0),
    "UInt64Value": Uint(0),
}
_FIRST_SECOND: Final = -62_135_596_800
_LAST_SECOND: Final = 253_402_300_799
_MAX_INT64: Final = (1 << 63) - 1
_MAX_JSON_INTEGER: Final = (1 << 53) - 1
_KINDS: Final[dict[str, type]] = {
    "bool_value": bool,
    "fields": MapValue,
    "list_value": list,
    "nanos": int,
    "null_value": int,
    "number_value": float,
    "seconds": int,
    "string_value": str,
    "struct_value": MapValue,
    "type_url": str,
    "value": bytes,
    "values": list,
}


def new_message(name: str, fields: dict[str, Any]) -> object:
    """The value of `name{fields}`."""
    if name == "kubernetes.UserInfo" or name in SCALARS:
        raise CelError(f"unknown type '{name}'")
    short = name.removeprefix("google.protobuf.")
    if short in _WRAPPERS and type(fields.get("value", _WRAPPERS[short])) is type(_WRAPPERS[short]):
        return _wrapped(name, fields.get("value", _WRAPPERS[short]))
    make = _CONSTRUCTORS.get(short)
    if make is None:
        raise Undecidable(f"kube-oidc can't evaluate {name}{{...}}")
    for field, value in fields.items():
        kind = _KINDS[field]
        if not (isinstance(value, kind) if kind in (list, MapValue) else type(value) is kind):
            raise Undecidable(f"a field of {name} with a value of another type")
    return make(fields)


def _wrapped(name: str, value: Any) -> object:
    if name.endswith("Int32Value") and not _fits_32_bits(value):
        kind = "unsigned integer" if type(value) is Uint else "integer"
        raise CelError(f"field type conversion error for {name}.value value type: {kind} overflow")
    if name.endswith("FloatValue"):
        return _single_precision(value)
    return value


def _single_precision(value: float) -> float:
    try:
        rounded: float = struct.unpack("f", struct.pack("f", value))[0]
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")
    return rounded


def _fits_32_bits(value: int) -> bool:
    return 0 <= value < 1 << 32 if type(value) is Uint else -(1 << 31) <= value < 1 << 31


def _time(fields: dict[str, Any]) -> int:
    if not _fits_32_bits(fields.get("nanos", 0)):
        raise Undecidable("nanoseconds out of range")
    return int(fields.get("seconds", 0)) * 10**9 + int(fields.get("nanos", 0))


def _timestamp(fields: dict[str, Any]) -> object:
    seconds = _time(fields) // 10**9
    if not _FIRST_SECOND <= seconds <= _LAST_SECOND:
        raise Undecidable("a time before the year 1 or after the year 9999")
    return Timestamp(_time(fields))


def _any(_: dict[str, Any]) -> object:
    raise CelError("unsupported conversion to ref.Val: (*dynamicpb.Message)")


def _value(fields: dict[str, Any]) -> object:
    if len(fields) > 1:
        raise Undecidable("a google.protobuf.Value of several kinds")
    return next((_json(value) for name, value in fields.items() if name != "null_value"), None)


def _json(value: Any) -> Any:
    """A JSON value as `google.protobuf.Value` represents it: numbers become floating point."""
    if value is None or isinstance(value, bool | float | str):
        return value
    if isinstance(value, int):
        return float(value) if abs(value) <= _MAX_JSON_INTEGER else str(int(value))
    if isinstance(value, list):
        return [_json(item) for item in value]
    if isinstance(value, MapValue) and value.has_size and all(type(key) is str for key in value.keys()):
        return MapValue([(key, _json(value.find(key))) for key in value.keys()])
    raise Undecidable("a value that isn't JSON in a google.protobuf.Value")


_CONSTRUCTORS: Final[dict[str, Callable[[dict[str, Any]], object]]] = {
    "Any": _any,
    "Duration": lambda fields: Duration(max(-_MAX_INT64 - 1, min(_MAX_INT64, _time(fields)))),
    "ListValue": lambda fields: _json(fields.get("values", [])),
    "Struct": lambda fields: _json(fields.get("fields", MapValue())),
    "Timestamp": _timestamp,
    "Value": _value,
}
