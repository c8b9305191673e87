"""The graph of a YAML text before aliases are followed and scalars are resolved."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from kube_oidc.diagnostics import Location
from kube_oidc.verdict.document.node import SyntaxProblem

SCALAR: Final = "scalar"
SEQUENCE: Final = "sequence"
MAPPING: Final = "mapping"
ALIAS: Final = "alias"


@dataclass(slots=True)
class Raw:
    """A node. `text` is a scalar's value or an alias's name; a `plain` scalar may be a number, boolean or null.

    A mapping's children are alternating keys and values.
    """

    kind: str
    location: Location
    text: str = ""
    tag: str = ""
    plain: bool = False
    children: list[Raw] = field(default_factory=list)
    target: Raw | None = None


@dataclass(frozen=True, slots=True)
class Graph:
    """The first document's root, if there is one, and where a second document begins."""

    root: Raw | None
    second_document: Location | None = None


def alias(name: str, location: Location, anchors: dict[str, Raw]) -> Raw:
    """The node that `*name` refers to; raises SyntaxProblem if no earlier node has this anchor."""
    target = anchors.get(name)
    if target is None:
        raise SyntaxProblem(f"yaml: unknown anchor '{name}' referenced", location)
    return Raw(ALIAS, location, name, target=target)
