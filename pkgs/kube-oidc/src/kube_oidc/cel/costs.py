"""What evaluation costs: cel-go's `interpreter/runtimecost.go` and Kubernetes' `pkg/cel/library/cost.go`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from math import ceil
from typing import Any, Final

from kube_oidc.cel.values import MapValue, Optional

COST_LIMIT: Final = 1_000_000
LIST: Final = 10
MAP: Final = 30
STRUCT: Final = 40
_TRAVERSAL: Final = 0.1
_REGEX: Final = 0.25
Cost = Callable[[Sequence[Any], Any], int]


def size(value: Any) -> int:
    """The size that counts: code points, bytes, elements, else 1."""
    if isinstance(value, str | bytes | list):
        return len(value)
    if isinstance(value, MapValue):
        return len(value) if value.has_size else 1
    if type(value) is Optional and value.present:
        return size(value.value)
    own = getattr(value, "cel_size", None)
    return 1 if own is None else int(own)


def _one(_: Sequence[Any], __: Any) -> int:
    return 1


def _text(values: Sequence[Any], _: Any) -> int:
    return ceil(size(values[0]) * _TRAVERSAL)


def _text_twice(values: Sequence[Any], _: Any) -> int:
    return ceil(size(values[0]) * 2 * _TRAVERSAL)


def _joined(_: Sequence[Any], result: Any) -> int:
    return ceil(size(result) * 2 * _TRAVERSAL)


def _traversal(values: Sequence[Any], _: Any) -> int:
    return size(values[0])


def _regex(values: Sequence[Any], _: Any) -> int:
    return ceil((1.0 + size(values[0])) * _TRAVERSAL) * ceil(size(values[1]) * _REGEX)


def _container(values: Sequence[Any], _: Any) -> int:
    return size(values[1])


def _smaller(values: Sequence[Any], _: Any) -> int:
    return ceil(min(size(values[0]), size(values[1])) * _TRAVERSAL)


def _both(values: Sequence[Any], _: Any) -> int:
    return ceil((size(values[0]) + size(values[1])) * _TRAVERSAL)


def _substring(values: Sequence[Any], _: Any) -> int:
    return ceil(size(values[0]) * _TRAVERSAL) * ceil(size(values[1]) * _TRAVERSAL)


def _contains_ip(values: Sequence[Any], _: Any) -> int:
    text = ceil(size(values[1]) * _TRAVERSAL) if isinstance(values[1], str) else 0
    return ceil(2 * size(values[0]) * _TRAVERSAL) + text


def _contains_cidr(values: Sequence[Any], result: Any) -> int:
    return _contains_ip(values, result) + ceil(size(values[0]) * _TRAVERSAL) + 1


_FORMAT_SIZES: Final = {
    **dict.fromkeys(("dns1123Label", "dns1123LabelPrefix", "dns1035Label", "dns1035LabelPrefix"), 30),
    "labelValue": 40,
    "uri": 1103,
    "uuid": 76,
    "byte": 84,
    **dict.fromkeys(("date", "datetime"), 70),
}
"""How long Kubernetes takes each format's pattern to be (`MaxRegexSize`); the other ones count 60."""


def _validated(values: Sequence[Any], _: Any) -> int:
    return ceil((1.0 + size(values[1])) * _TRAVERSAL) * ceil(
        _FORMAT_SIZES.get(str(values[0].get("name")), 60) * _REGEX
    )


def _list_result(_: Sequence[Any], result: Any) -> int:
    return size(result) + 1 + LIST


def _flattened(values: Sequence[Any], _: Any) -> int:
    return size(values[0]) * (int(values[1]) if len(values) > 1 else 1) + 1 + LIST


def _each_with_each(values: Sequence[Any], _: Any) -> int:
    keys = values[-1]
    factor = 2.0 + (_TRAVERSAL if keys and isinstance(keys[0], str | bytes) else 0)
    return int(len(keys) ** 2 * factor) + 1 + LIST


_BY_FUNCTION: Final[dict[str, Cost]] = {
    **dict.fromkeys(("isSorted", "sum", "max", "min", "indexOf", "lastIndexOf"), _traversal),
    **dict.fromkeys(("url", "lowerAscii", "upperAscii", "substring", "trim"), _text),
    **dict.fromkeys(("replace", "split"), _text_twice),
    "join": _joined,
    **dict.fromkeys(("find", "findAll"), _regex),
    **dict.fromkeys(("cidr", "isIP", "isCIDR", "quantity", "isQuantity", "semver", "isSemver"), _text),
    "ip": _text,
    "ip.isCanonical": _text_twice,
    "containsIP": _contains_ip,
    "containsCIDR": _contains_cidr,
    "validate": _validated,
}
_BY_OVERLOAD: Final[dict[str, Cost]] = {
    **dict.fromkeys(
        (
            "starts_with_string",
            "ends_with_string",
            "string_to_bytes",
            "bytes_to_string",
            "strings_quote",
            "string_format",
        ),
        _text,
    ),
    **dict.fromkeys(("list_slice", "list_reverse", "lists_range"), _list_result),
    **dict.fromkeys(("list_flatten", "list_flatten_int"), _flattened),
    "list_distinct": _each_with_each,
    "in_list": _container,
    **dict.fromkeys(
        (
            "less_string", "greater_string", "less_equals_string", "greater_equals_string",
            "less_bytes", "greater_bytes", "less_equals_bytes", "greater_equals_bytes",
            "equals", "not_equals",
        ),
        _smaller,
    ),
    "add_string": _both,
    "add_bytes": _both,
    "matches_string": _regex,
    "contains_string": _substring,
}  # fmt: skip
_SORTING: Final = re.compile(r"list_[\w.]+_sort(?:ByAssociatedKeys)?$")


_NO_LIST: Final = "interface conversion: *types.Err is not traits.Lister: missing method Add"


def panics(overloads: Sequence[str]) -> Mapping[int, str]:
    """Operands that are taken for what they are not where they fail, and the panic that comes of it: cel-go's
    `ext/lists.go` looks at them without asking."""
    if len(overloads) != 1:
        return {}
    name = overloads[0]
    if name == "list_flatten_int":
        return {1: "interface conversion: ref.Val is *types.Err, not types.Int"}
    if name == "list_distinct":
        return {0: _NO_LIST}
    if _SORTING.match(name):
        return {0: _NO_LIST, 1: _NO_LIST} if name.endswith("ByAssociatedKeys") else {0: _NO_LIST}
    return {}


def of_call(function: str, overloads: Sequence[str]) -> Cost:
    """What one call costs, given its values and its result."""
    if overloads == ("cidr_ip",):
        return _one
    found = _BY_FUNCTION.get(function)
    if found is None and len(overloads) == 1:
        found = _each_with_each if _SORTING.match(overloads[0]) else _BY_OVERLOAD.get(overloads[0])
    return found or _one
