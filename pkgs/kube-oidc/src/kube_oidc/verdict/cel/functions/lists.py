"""Kubernetes' functions on lists (`pkg/cel/library/lists.go`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from kube_oidc.verdict.cel.comparison import compare, equal, no_overload
from kube_oidc.verdict.cel.operators import add
from kube_oidc.verdict.cel.values import CelError, Duration, Timestamp, Uint

_KINDS: Final = ("int", "uint", "double", "bool", "duration", "timestamp", "string", "bytes")
_ZEROS: Final = {"int": 0, "uint": Uint(0), "double": 0.0, "duration": Duration(0)}
_COMPARABLE: Final = (bool, int, float, str, bytes, Duration, Timestamp)


def _order(left: Any, right: Any) -> int | None:
    """Like `compare`; None for values without an order."""
    try:
        return compare(left, right)
    except CelError:
        return None


def _all_comparable(values: Iterable[Any]) -> Iterable[Any]:
    for value in values:
        if not isinstance(value, _COMPARABLE):
            no_overload()
        yield value


def _is_sorted(values: list[Any]) -> bool:
    previous: Any = None
    for position, value in enumerate(_all_comparable(values)):
        if position and _order(previous, value) == 1:
            return False
        previous = value
    return True


def _sum(kind: str) -> Callable[[list[Any]], Any]:
    def call(values: list[Any]) -> Any:
        total: Any = _ZEROS[kind]
        for value in values:
            try:
                total = add(total, value)
            except CelError:
                if isinstance(value, str | bytes | int | float | list | Duration | Timestamp):
                    raise
                no_overload()
        return total

    return call


def _extreme(name: str, replaced_if: int) -> Callable[[list[Any]], Any]:
    def call(values: list[Any]) -> Any:
        best: Any = None
        for position, value in enumerate(_all_comparable(values)):
            if not position or _order(best, value) == replaced_if:
                best = value
        if not values:
            raise CelError(f"{name} called on empty list")
        return best

    return call


def _is(value: Any, item: Any) -> bool:
    try:
        return equal(value, item)
    except CelError:
        return False


def _index_of(values: list[Any], item: Any) -> int:
    return next((index for index, value in enumerate(values) if _is(value, item)), -1)


def _last_index_of(values: list[Any], item: Any) -> int:
    return next((index for index in reversed(range(len(values))) if _is(values[index], item)), -1)


def _includes(values: Any, item: Any) -> bool:
    if isinstance(values, list):
        return any(_is(value, item) for value in values)
    return _is(values, item)


FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    **{f"list_{kind}_is_sorted_bool": _is_sorted for kind in _KINDS},
    **{f"list_{kind}_sum_{kind}": _sum(kind) for kind in _ZEROS},
    **{f"list_{kind}_max_{kind}": _extreme("max", -1) for kind in _KINDS},
    **{f"list_{kind}_min_{kind}": _extreme("min", 1) for kind in _KINDS},
    "list_a_index_of_int": _index_of,
    "list_a_last_index_of_int": _last_index_of,
    "list_includes_dyn_dyn": _includes,
}
