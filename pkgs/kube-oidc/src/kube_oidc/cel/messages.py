"""Protobuf messages written in an expression: those that stand for plain values become them."""

from __future__ import annotations

from typing import Any, Final

from kube_oidc.cel.values import CelError, Duration, MapValue, Timestamp, Uint, Undecided

_WRAPPERS: Final[dict[str, object]] = {
    "google.protobuf.BoolValue": False,
    "google.protobuf.BytesValue": b"",
    "google.protobuf.DoubleValue": 0.0,
    "google.protobuf.Int32Value": 0,
    "google.protobuf.Int64Value": 0,
    "google.protobuf.StringValue": "",
    "google.protobuf.UInt32Value": Uint(0),
    "google.protobuf.UInt64Value": Uint(0),
}


def new_message(name: str, fields: dict[str, Any]) -> object:
    """The value of `name{fields}`."""
    if name == "kubernetes.UserInfo":
        raise CelError("unknown type 'kubernetes.UserInfo'")
    if name in _WRAPPERS and type(fields.get("value", _WRAPPERS[name])) is type(_WRAPPERS[name]):
        value = fields.get("value", _WRAPPERS[name])
        if name.endswith("Int32Value") and not _fits_32_bits(value):
            kind = "unsigned integer" if type(value) is Uint else "integer"
            raise CelError(f"field type conversion error for {name}.value value type: {kind} overflow")
        return value
    seconds, nanos = fields.get("seconds", 0), fields.get("nanos", 0)
    if name == "google.protobuf.Duration":
        return Duration(seconds * 10**9 + nanos)
    if name == "google.protobuf.Timestamp":
        return Timestamp(seconds * 10**9 + nanos)
    if name == "google.protobuf.Struct" and not fields:
        return MapValue()
    raise Undecided(f"{name}{{...}} is not evaluated here")


def _fits_32_bits(value: int) -> bool:
    return 0 <= value < 1 << 32 if type(value) is Uint else -(1 << 31) <= value < 1 << 31
