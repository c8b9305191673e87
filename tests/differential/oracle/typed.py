"""A CEL value with the types of all its parts, like `typed` in the reference's answers."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any, Final

from kube_oidc.verdict.cel.conversions import to_string
from kube_oidc.verdict.cel.goprint import printed
from kube_oidc.verdict.cel.values import (
    CelError,
    Duration,
    MapValue,
    Optional,
    Timestamp,
    TypeValue,
    Uint,
    type_name,
)

_OPAQUE: Final = ("kubernetes.", "net.")


def theirs(typed: list[Any]) -> Any:
    """The reference's description with sorted maps; for Kubernetes' own types, only the name."""
    kind, *rest = typed
    if kind.startswith(_OPAQUE):
        return [kind]
    match kind:
        case "double":
            return [kind, repr(float(rest[0]))]
        case "list":
            return [kind, [theirs(item) for item in rest[0]]]
        case "map":
            return [kind, sorted(([theirs(key), theirs(item)] for key, item in rest[0]), key=repr)]
        case "optional_type" | "optional":  # so it is called since 1.30, and before
            return ["optional_type", *map(theirs, rest)]
        case "type" if rest == ["optional"]:
            return [kind, "optional_type"]
    return typed


def ours(value: Any) -> Any:
    """The same description of a `Value.value`."""
    match value:
        case bool() | str() | None:
            return [type_name(value), value]
        case Uint() | int():
            return [type_name(value), str(int(value))]
        case float():
            return ["double", repr(value)]
        case bytes():
            return ["bytes", base64.b64encode(value).decode()]
        case Optional():
            return ["optional_type", ours(value.value)] if value.present else ["optional_type"]
        case Timestamp():
            return [type_name(value), to_string(value)]
        case Duration():
            return [type_name(value), printed(value)]
        case TypeValue():
            return ["type", value.name]
        case CelError():
            return ["error", str(value)]
        case list():
            return ["list", [ours(item) for item in value]]
        case MapValue() if value.has_size:
            return _map((key, value.get(key)) for key in value.keys())
    return [type_name(value)]


def _map(entries: Iterable[tuple[Any, Any]]) -> Any:
    return ["map", sorted(([ours(key), ours(item)] for key, item in entries), key=repr)]
