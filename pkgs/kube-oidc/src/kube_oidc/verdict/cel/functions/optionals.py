"""Optional values (cel-go's `cel/library.go`, `common/types/optional.go`)."""

from __future__ import annotations

from typing import Any, Final

from kube_oidc.verdict.cel.bindings import EscapedMap, JsonList
from kube_oidc.verdict.cel.goprint import printed
from kube_oidc.verdict.cel.values import NONE, CelError, Duration, MapValue, Optional, Timestamp, held, kept

_ZERO_TIME: Final = -62135596800 * 10**9


def _is_zero(value: Any) -> bool:
    """Whether the value is its type's zero value; cel-go knows none for wrapped JSON."""
    if value is None:
        return True
    if isinstance(value, JsonList | EscapedMap):
        return False
    if isinstance(value, Duration):
        return value.nanoseconds == 0
    if isinstance(value, Timestamp):
        return value.nanoseconds == _ZERO_TIME
    if isinstance(value, MapValue):
        return value.has_size and len(value) == 0
    return isinstance(value, bool | int | float | str | bytes | list) and not value


def _of_non_zero(value: object) -> Optional:
    return NONE if _is_zero(value) else Optional(value)


def _value(optional: Optional) -> object:
    if not optional.present:
        raise CelError("optional.none() dereference")
    return held(optional)


def _unwrap(values: list[Any]) -> list[Any]:
    for value in values:
        if type(value) is not Optional:
            raise CelError(f"value {printed(value)} is not optional")
    return [kept(value) for value in values if value.present]


def _first(values: list[Any]) -> Optional:
    return Optional(values[0]) if values else NONE


def _last(values: list[Any]) -> Optional:
    return Optional(values[-1]) if values else NONE


FUNCTIONS: Final = {
    "optional_none": lambda: NONE,
    "optional_of": Optional,
    "optional_ofNonZeroValue": _of_non_zero,
    "optional_hasValue": lambda optional: optional.present,
    "optional_value": _value,
    "optional_unwrap": _unwrap,
    "optional_unwrapOpt": _unwrap,
    "list_first": _first,
    "list_last": _last,
}
