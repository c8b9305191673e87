"""Kubernetes' costs of calls, by function name (`CallCost` in `pkg/cel/library/cost.go`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import ceil
from typing import Any, Final

from kube_oidc.verdict.cel.sizes import size, traversal

Cost = Callable[[Sequence[Any], Any], int]
TRAVERSAL: Final = 0.1
REGEX: Final = 0.25


def _text(values: Sequence[Any], _: Any) -> int:
    return ceil(size(values[0]) * TRAVERSAL)


def _text_twice(values: Sequence[Any], _: Any) -> int:
    return ceil(size(values[0]) * 2 * TRAVERSAL)


def _joined(_: Sequence[Any], result: Any) -> int:
    return ceil(size(result) * 2 * TRAVERSAL)


def _everything(values: Sequence[Any], _: Any) -> int:
    return traversal(values[0])


def _search(values: Sequence[Any], _: Any) -> int:
    return ceil((1.0 + size(values[0])) * TRAVERSAL) * ceil(size(values[1]) * REGEX)


def _compared(values: Sequence[Any], _: Any) -> int:
    return ceil(2 * size(values[0]) * TRAVERSAL)


def _compared_with_text(values: Sequence[Any], result: Any) -> int:
    return _compared(values, result) + ceil(size(values[1]) * TRAVERSAL)


def _masked(values: Sequence[Any], result: Any) -> int:
    return _compared(values, result) + ceil(size(values[0]) * TRAVERSAL) + 1


def _masked_with_text(values: Sequence[Any], result: Any) -> int:
    return _masked(values, result) + ceil(size(values[1]) * TRAVERSAL)


def _validated(values: Sequence[Any], _: Any) -> int:
    form, text = values
    pattern_size: int | None = getattr(form, "pattern_size", None)
    if pattern_size is None:
        return 1
    return ceil((1.0 + size(text)) * TRAVERSAL) * ceil(pattern_size * REGEX)


_FUNCTIONS: Final[Mapping[str, Cost]] = {
    **dict.fromkeys(("isSorted", "sum", "max", "min", "indexOf", "lastIndexOf", "includes"), _everything),
    **dict.fromkeys(("url", "lowerAscii", "upperAscii", "substring", "trim"), _text),
    **dict.fromkeys(("replace", "split"), _text_twice),
    "join": _joined,
    **dict.fromkeys(("find", "findAll"), _search),
    **dict.fromkeys(("cidr", "isIP", "isCIDR", "ip", "quantity", "isQuantity", "semver", "isSemver"), _text),
    "ip.isCanonical": _text_twice,
    "containsIP": _compared,
    "containsCIDR": _masked,
    "validate": _validated,
}
_OVERLOADS: Final[Mapping[str, Cost]] = {
    "cidr_ip": lambda _, __: 1,
    "cidr_contains_ip_string": _compared_with_text,
    "cidr_contains_cidr_string": _masked_with_text,
}


def of_call(function: str, overload: str) -> Cost | None:
    """The cost function of a call; None if cel-go's own applies."""
    return _OVERLOADS.get(overload) or _FUNCTIONS.get(function)
