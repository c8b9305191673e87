"""Lists as sets (cel-go's `ext/sets.go`)."""

from __future__ import annotations

from typing import Any, Final

from kube_oidc.verdict.cel.comparison import contained


def _contains(values: list[Any], others: list[Any]) -> bool:
    return all(contained(other, values) for other in others)


FUNCTIONS: Final = {
    "list_sets_contains_list": _contains,
    "list_sets_equivalent_list": lambda one, other: _contains(one, other) and _contains(other, one),
    "list_sets_intersects_list": lambda one, other: any(contained(value, other) for value in one),
}
