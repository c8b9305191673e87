"""Facts about an expression; separate from `expressions.py`, which imports all of CEL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kube_oidc.verdict.cel.syntax import Node

Place = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """`claims.PLACE OPERATOR VALUE`; the operator has CEL's internal name (`_==_`, `@in`, `startsWith`)."""

    place: Place
    operator: str
    value: object


@dataclass(frozen=True, slots=True)
class Facts:
    """`reads` has the paths of the claims, `guarded` those checked with `has()` or `?` first."""

    reads: frozenset[Place]
    guarded: frozenset[Place]
    comparisons: tuple[Comparison, ...]
    text: tuple[str, ...]
    numbers: tuple[int, ...]
    tree: Node
