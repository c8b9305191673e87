"""Type names and the protobuf messages that every CEL expression can name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kube_oidc.verdict.cel import types
from kube_oidc.verdict.cel.types import Type


def _wrapper(of: Type) -> Type:
    return Type(of.kind, of.name, nullable=True)


_JSON_MAP: Final = types.map_of(types.STRING, types.DYN)
_JSON_LIST: Final = types.list_of(types.DYN)
_VALUE: Final = {
    "null_value": types.INT,
    "number_value": types.DOUBLE,
    "string_value": types.STRING,
    "bool_value": types.BOOL,
    "struct_value": _JSON_MAP,
    "list_value": _JSON_LIST,
}
MESSAGES: Final[Mapping[str, Mapping[str, Type]]] = {
    "google.protobuf.Any": {"type_url": types.STRING, "value": types.BYTES},
    "google.protobuf.BoolValue": {"value": types.BOOL},
    "google.protobuf.BytesValue": {"value": types.BYTES},
    "google.protobuf.DoubleValue": {"value": types.DOUBLE},
    "google.protobuf.Duration": {"seconds": types.INT, "nanos": types.INT},
    "google.protobuf.Empty": {},
    "google.protobuf.FloatValue": {"value": types.DOUBLE},
    "google.protobuf.Int32Value": {"value": types.INT},
    "google.protobuf.Int64Value": {"value": types.INT},
    "google.protobuf.ListValue": {"values": _JSON_LIST},
    "google.protobuf.StringValue": {"value": types.STRING},
    "google.protobuf.Struct": {"fields": _JSON_MAP},
    "google.protobuf.Timestamp": {"seconds": types.INT, "nanos": types.INT},
    "google.protobuf.UInt32Value": {"value": types.UINT},
    "google.protobuf.UInt64Value": {"value": types.UINT},
    "google.protobuf.Value": _VALUE,
}
SCALARS: Final = frozenset(
    {"bool", "bytes", "double", "duration", "int", "list", "map", "null_type", "string", "timestamp", "uint"}
)
"""Names that Kubernetes' type provider treats as messages without fields (a map has any field)."""
_STANDS_FOR: Final = {
    "Any": types.ANY,
    "BoolValue": _wrapper(types.BOOL),
    "BytesValue": _wrapper(types.BYTES),
    "DoubleValue": _wrapper(types.DOUBLE),
    "Duration": types.DURATION,
    "FloatValue": _wrapper(types.DOUBLE),
    "Int32Value": _wrapper(types.INT),
    "Int64Value": _wrapper(types.INT),
    "ListValue": _JSON_LIST,
    "StringValue": _wrapper(types.STRING),
    "Struct": _JSON_MAP,
    "Timestamp": types.TIMESTAMP,
    "UInt32Value": _wrapper(types.UINT),
    "UInt64Value": _wrapper(types.UINT),
    "Value": types.DYN,
}
GENERIC: Final = {
    "list": types.type_of(types.list_of(types.DYN)),
    "map": types.type_of(types.map_of(types.DYN, types.DYN)),
}
"""The parameterized types, with their names in Kubernetes 1.37."""
TYPE_NAMES: Final[Mapping[str, Type]] = {
    "bool": types.type_of(types.BOOL),
    "bytes": types.type_of(types.BYTES),
    "double": types.type_of(types.DOUBLE),
    "duration": types.type_of(types.DURATION),
    "int": types.type_of(types.INT),
    "list": types.type_of(types.list_of(types.parameter("A"))),
    "map": types.type_of(types.map_of(types.parameter("A"), types.parameter("B"))),
    "null_type": types.type_of(types.NULL),
    "string": types.type_of(types.STRING),
    "timestamp": types.type_of(types.TIMESTAMP),
    "type": types.type_of(types.TYPE),
    "uint": types.type_of(types.UINT),
    "google.protobuf.NullValue.NULL_VALUE": types.INT,
} | {name: types.type_of(_STANDS_FOR.get(name.rpartition(".")[2], types.struct(name))) for name in MESSAGES}


def message_name(of: Type) -> str | None:
    """The message whose fields `Name{...}` of this type sets; None if it isn't a message.

    Source: `isWellKnownType` and `getWellKnownTypeName` in cel-go's `checker/checker.go`.
    """
    if of.kind is types.Kind.STRUCT:
        return of.name
    wraps = of.nullable or of in (_JSON_MAP, _JSON_LIST) or of.kind in _MESSAGE_KINDS
    return _OF_KIND.get(of.kind) if wraps else None


_MESSAGE_KINDS: Final = frozenset(
    {types.Kind.ANY, types.Kind.TIMESTAMP, types.Kind.DURATION, types.Kind.DYN, types.Kind.NULL}
)
_OF_KIND: Final = {
    types.Kind.ANY: "google.protobuf.Any",
    types.Kind.BOOL: "google.protobuf.BoolValue",
    types.Kind.BYTES: "google.protobuf.BytesValue",
    types.Kind.DOUBLE: "google.protobuf.DoubleValue",
    types.Kind.DURATION: "google.protobuf.Duration",
    types.Kind.DYN: "google.protobuf.Value",
    types.Kind.INT: "google.protobuf.Int64Value",
    types.Kind.LIST: "google.protobuf.ListValue",
    types.Kind.NULL: "google.protobuf.NullValue",
    types.Kind.MAP: "google.protobuf.Struct",
    types.Kind.STRING: "google.protobuf.StringValue",
    types.Kind.TIMESTAMP: "google.protobuf.Timestamp",
    types.Kind.UINT: "google.protobuf.UInt64Value",
}
