"""Evaluation costs: cel-go's `interpreter/runtimecost.go`, and libraries that count separately.

A cost is a function of a call's arguments and its result; FAILED represents a failed value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial
from math import ceil
from typing import Any, Final

from kube_oidc.verdict.cel import kubernetes_costs
from kube_oidc.verdict.cel.goprint import go_type
from kube_oidc.verdict.cel.kubernetes_costs import REGEX, TRAVERSAL, Cost
from kube_oidc.verdict.cel.sizes import size, unwrapped_size
from kube_oidc.verdict.cel.values import Crashed, Duration, Opaque, Timestamp
from kube_oidc.verdict.versions import Difference, KubernetesVersion

COST_LIMIT: Final = 1_000_000
LIST: Final = 10
MAP: Final = 30
STRUCT: Final = 40
_CALL: Final = 1
_ADDERS: Final = (int, float, str, bytes, Duration, Timestamp)


def _one(_: Sequence[Any], __: Any) -> int:
    return _CALL


def _first(values: Sequence[Any], _: Any) -> int:
    return ceil(unwrapped_size(values[0]) * TRAVERSAL)


def _second(values: Sequence[Any], _: Any) -> int:
    return ceil(unwrapped_size(values[1]) * TRAVERSAL)


def _matched(values: Sequence[Any], _: Any) -> int:
    text, pattern = map(unwrapped_size, values)
    return ceil((1.0 + text) * TRAVERSAL) * ceil(pattern * REGEX)


def _contained(values: Sequence[Any], _: Any) -> int:
    return unwrapped_size(values[1])


def _smaller(values: Sequence[Any], _: Any) -> int:
    return ceil(min(unwrapped_size(values[0]), unwrapped_size(values[1])) * TRAVERSAL)


def _smaller_wrapped(values: Sequence[Any], _: Any) -> int:
    return ceil(min(map(size, values)) * TRAVERSAL)


def _both(values: Sequence[Any], _: Any) -> int:
    return ceil((unwrapped_size(values[0]) + unwrapped_size(values[1])) * TRAVERSAL)


def _substring(values: Sequence[Any], _: Any) -> int:
    text, part = map(unwrapped_size, values)
    return ceil(text * TRAVERSAL) * ceil(part * TRAVERSAL)


def _equal(otherwise: Cost, values: Sequence[Any], result: Any) -> int:
    """The cost of comparing values; 1 for Kubernetes' own types."""
    return _CALL if isinstance(values[0], Opaque) else otherwise(values, result)


def _list_result(_: Sequence[Any], result: Any) -> int:
    return unwrapped_size(result) + _CALL + LIST


def _sets(factor: int, values: Sequence[Any], _: Any) -> int:
    return _CALL + unwrapped_size(values[0]) * unwrapped_size(values[1]) * factor


def _flattened(negative_is_one: bool, values: Sequence[Any], _: Any) -> int:
    """Depth times size, even for a flat list: a float64 that Go converts into uint64."""
    depth = values[1] if len(values) > 1 else 1
    if type(depth) is not int:
        raise Crashed(f"interface conversion: ref.Val is {go_type(depth)}, not types.Int")
    factor = 1.0 if negative_is_one and depth < 0 else float(depth)
    product = unwrapped_size(values[0]) * factor
    return (int(product) if -(2.0**63) <= product < 2.0**64 else -(1 << 63)) + _CALL + LIST


def _each_with_each(values: Sequence[Any], _: Any) -> int:
    keys = values[-1]
    if not isinstance(keys, list):
        method = "Contains" if isinstance(keys, _ADDERS) and not isinstance(keys, bool) else "Add"
        raise Crashed(f"interface conversion: {go_type(keys)} is not traits.Lister: missing method {method}")
    factor = 2.0 + (TRAVERSAL if keys and isinstance(keys[0], str | bytes) else 0)
    return int(len(keys) ** 2 * factor) + _CALL + LIST


_COMPARED_ONCE: Final = partial(_sets, 1)
_COMPARED_TWICE: Final = partial(_sets, 2)
STEEP: Final = (_COMPARED_ONCE, _COMPARED_TWICE, _each_with_each)
"""Functions whose time and cost grow faster than the square of their input."""
_COUNTED_BY_LIBRARIES: Final[Mapping[str, Cost]] = {
    "list_sets_contains_list": _COMPARED_ONCE,
    "list_sets_intersects_list": _COMPARED_ONCE,
    "list_sets_equivalent_list": _COMPARED_TWICE,
    **dict.fromkeys(("list_slice", "list_reverse", "lists_range"), _list_result),
    "list_distinct": _each_with_each,
}
_SORTING: Final = re.compile(r"list_[\w.]+_sort(?:ByAssociatedKeys)?$")
_COUNTED_BY_CEL: Final[Mapping[str, Cost]] = {
    **dict.fromkeys(("string_to_bytes", "bytes_to_string", "strings_quote", "string_format"), _first),
    "in_list": _contained,
    **dict.fromkeys(
        (
            "less_string", "greater_string", "less_equals_string", "greater_equals_string",
            "less_bytes", "greater_bytes", "less_equals_bytes", "greater_equals_bytes",
        ),
        _smaller,
    ),
    **dict.fromkeys(("add_string", "add_bytes"), _both),
    "matches_string": _matched,
    "contains_string": _substring,
}  # fmt: skip
_ENDS: Final = ("starts_with_string", "ends_with_string")


def of_call(function: str, overloads: Sequence[str], version: KubernetesVersion) -> Cost:
    """The cost function of a call: of its only overload, or of its name if several overloads apply."""
    overload = overloads[0] if len(overloads) == 1 else ""
    return (
        _by_library(overload, version)
        or kubernetes_costs.of_call(function, overload)
        or _by_cel(overload, version)
    )


def _by_library(overload: str, version: KubernetesVersion) -> Cost | None:
    if overload in ("list_flatten", "list_flatten_int"):
        return partial(_flattened, version.has(Difference.FLATTEN_COST_OF_NEGATIVE_DEPTH))
    return _each_with_each if _SORTING.match(overload) else _COUNTED_BY_LIBRARIES.get(overload)


def _by_cel(overload: str, version: KubernetesVersion) -> Cost:
    if overload in _ENDS:
        return _second if version.has(Difference.AFFIX_COST_BY_AFFIX) else _first
    if overload == "matches" and version.has(Difference.MATCHES_FUNCTION_COST):
        return _matched
    if overload in ("equals", "not_equals"):
        unwraps = version.has(Difference.EQUALITY_COST_UNWRAPS_OPTIONALS)
        smaller = _smaller if unwraps else _smaller_wrapped
        own_types = overload == "equals" and version.has(Difference.OWN_TYPES_EQUAL_FOR_ONE)
        return partial(_equal, smaller) if own_types else smaller
    return _COUNTED_BY_CEL.get(overload, _one)
