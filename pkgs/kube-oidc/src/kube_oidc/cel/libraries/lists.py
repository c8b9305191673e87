"""Lists (Kubernetes' `pkg/cel/library/lists.go`; `includes` since 1.37), with cel-go's order and equality."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from kube_oidc.cel.libraries.values import LibraryError, NoOverloadError, Unsupported


def _family(value: object) -> type | None:
    """The kind of values that `value` can be ordered with; None where it has no order."""
    if isinstance(value, bool):
        return bool
    if isinstance(value, int | float):
        return float
    return next((kind for kind in (str, bytes, datetime, timedelta) if isinstance(value, kind)), None)


def _is_above(one: Any, two: Any) -> bool:
    """Whether `one` is greater; False where the two have no order, as cel-go's loops take the error."""
    if _family(one) is not _family(two):
        return False
    if isinstance(one, str):
        return bool(one.encode("utf-8", "surrogateescape") > two.encode("utf-8", "surrogateescape"))
    return bool(one > two)


def _items(value: object) -> list[Any]:
    """The list's items; NoOverloadError where it is none, or where its first item has no order."""
    if not isinstance(value, list) or (value and _family(value[0]) is None):
        raise NoOverloadError
    if any(_family(item) is None for item in value):
        raise LibraryError("no such overload")
    return value


def is_sorted(value: object) -> bool:
    """Whether no item is greater than the next."""
    items = _items(value)
    return not any(_is_above(one, two) for one, two in pairwise(items))


def smallest(value: object) -> object:
    """The first of the smallest items."""
    return _chosen(_items(value), "min")


def largest(value: object) -> object:
    """The first of the largest items."""
    return _chosen(_items(value), "max")


def _chosen(items: list[Any], name: str) -> object:
    if not items:
        raise LibraryError(f"{name} called on empty list")
    chosen = items[0]
    for item in items[1:]:
        if _is_above(chosen, item) if name == "min" else _is_above(item, chosen):
            chosen = item
    return chosen


def total(value: object) -> object:
    """The sum of ints, doubles or durations; 0 of an empty list."""
    items = _items(value)
    if not items:
        return 0
    kind = type(items[0])
    if kind not in (int, float, timedelta):
        raise NoOverloadError
    result = kind()
    for item in items:
        if kind is timedelta and isinstance(item, datetime):
            raise Unsupported("the sum of durations and timestamps")
        if type(item) is not kind:
            raise LibraryError("no such overload")
        result += item
        if kind is int and not -(2**63) <= result < 2**63:
            raise LibraryError("integer overflow")
    return result


def equal(one: object, two: object) -> bool:
    """cel-go's equality: numbers by their value whatever their type, nothing else across types."""
    if isinstance(one, list) and isinstance(two, list):
        return len(one) == len(two) and all(equal(a, b) for a, b in zip(one, two, strict=True))
    if isinstance(one, dict) and isinstance(two, dict):
        if "@type" in one or "@type" in two:
            return one == two
        return len(one) == len(two) and all(key in two and equal(item, two[key]) for key, item in one.items())
    if _family(one) is not _family(two):
        return False
    return one == two


def _list(value: object) -> list[Any]:
    if isinstance(value, list):
        return value
    raise NoOverloadError


def index_of(value: object, item: object) -> int:
    """The first place of the item, or -1. Of lists alone: that of strings is cel-go's."""
    return next((place for place, found in enumerate(_list(value)) if equal(found, item)), -1)


def last_index_of(value: object, item: object) -> int:
    """The last place of the item, or -1. Of lists alone."""
    places = [place for place, found in enumerate(_list(value)) if equal(found, item)]
    return places[-1] if places else -1


def includes(value: object, item: object) -> bool:
    """Whether the list has the item; a value that is no list includes what equals it."""
    if isinstance(value, list):
        return any(equal(found, item) for found in value)
    return equal(value, item)


FUNCTIONS: Final[dict[str, Callable[..., object]]] = {
    "isSorted": is_sorted,
    "sum": total,
    "min": smallest,
    "max": largest,
    "indexOf": index_of,
    "lastIndexOf": last_index_of,
    "includes": includes,
}
