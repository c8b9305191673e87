"""cel-go's functions on lists (`ext/lists.go`, version 3), in Kubernetes since 1.34."""

from __future__ import annotations

from functools import cmp_to_key
from typing import Any, Final

from kube_oidc.verdict.cel.comparison import compare, equal, no_overload
from kube_oidc.verdict.cel.costs import COST_LIMIT
from kube_oidc.verdict.cel.functions import Changed
from kube_oidc.verdict.cel.values import CelError, Duration, Stopped, Timestamp, type_name
from kube_oidc.verdict.undecidable import Undecidable
from kube_oidc.verdict.versions import Difference

_ENDS_MEMORY: Final = 100_000_000  # several gigabytes


def _slice(values: list[Any], start: int, end: int) -> list[Any]:
    shown = f"cannot slice({start}, {end})"
    if start < 0 or end < 0:
        raise CelError(f"{shown}, negative indexes not supported")
    if start > end:
        raise CelError(f"{shown}, start index must be less than or equal to end index")
    if len(values) < end:
        raise CelError(f"{shown}, list is length {len(values)}")
    return list(values[start:end])


def _full_type(value: Any) -> str:
    return "map(dyn, dyn)" if type_name(value) == "map" else type_name(value)


def _flatten(values: Any) -> list[Any]:
    if not isinstance(values, list):
        raise CelError(f"no such overload: {_full_type(values)}.flatten()")
    return _flattened(values, 1)


def _flatten_to(values: Any, depth: Any) -> list[Any]:
    if not isinstance(values, list) or type(depth) is not int:
        raise CelError(f"no such overload: {_full_type(values)}.flatten({type_name(depth)})")
    if depth < 0:
        raise CelError("level must be non-negative")
    return _flattened(values, depth)


def _flattened(values: list[Any], depth: int) -> list[Any]:
    flat: list[Any] = []
    for value in values:
        if isinstance(value, list) and depth:
            flat += _flattened(value, depth - 1)
        else:
            flat.append(value)
    return flat


def _distinct(values: Any) -> list[Any]:
    if not isinstance(values, list):
        raise CelError(f"no such overload: {_full_type(values)}.distinct()")
    unique: list[Any] = []
    for value in values:
        if not any(_is(value, other) for other in unique):
            unique.append(value)
    return unique if values else values


def _is(value: Any, other: Any) -> bool:
    try:
        return equal(value, other)
    except CelError:
        return False


def sort(values: Any) -> list[Any]:
    """`values.sort()`."""
    return sort_by_keys(values, values, "sort")


def sort_by_keys(values: Any, keys: Any, name: str = "@sortByAssociatedKeys") -> list[Any]:
    """`values` in the order of `keys`."""
    if not isinstance(values, list):
        if isinstance(values, str | Duration | Timestamp):
            no_overload()
        raise CelError(f"no such overload: {name}")
    if not values:
        return values
    kinds = {type_name(key) for key in keys}
    if not isinstance(keys[0], bool | int | float | str | bytes | Duration | Timestamp):
        raise CelError("list elements must be comparable")
    if len(kinds) > 1:
        raise CelError("list elements must have the same type")
    order = sorted(range(len(values)), key=cmp_to_key(lambda i, j: compare(keys[i], keys[j])))
    return [values[index] for index in order]


def _range_unlimited(count: int) -> list[int]:
    """`lists.range` before its limit: the API server creates the list first and counts its cost afterwards."""
    if count > _ENDS_MEMORY:
        raise Undecidable(
            f"a list of {count} numbers: the API server may run out of memory before it counts the cost"
        )
    if count > COST_LIMIT:
        raise Stopped
    return list(range(count))


def _range(count: int) -> list[int]:
    if count < 0:
        raise CelError(f"lists.range: size must be non-negative, got {count}")
    if count > COST_LIMIT:
        raise CelError(f"lists.range: size {count} exceeds maximum allowed ({COST_LIMIT})")
    return list(range(count))


FUNCTIONS: Final = {
    "list_slice": _slice,
    "list_flatten": _flatten,
    "list_flatten_int": _flatten_to,
    "list_distinct": _distinct,
    "list_reverse": lambda values: list(reversed(values)),
    "lists_range": Changed(Difference.LISTS_RANGE_LIMITED, _range_unlimited, _range),
}
