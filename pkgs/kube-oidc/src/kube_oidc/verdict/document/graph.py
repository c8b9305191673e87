"""The graph that a YAML text is read into, before aliases are followed and scalars resolved."""

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
    """`text` is a scalar's value or an alias' name; `plain` says that the value may stand for a number or a word.

    A mapping's children are keys and values in turns.
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
    """The first document's root, None where there is none; and where a second document begins."""

    root: Raw | None
    second_document: Location | None = None


def alias(name: str, location: Location, anchors: dict[str, Raw]) -> Raw:
    """What `*name` stands for; SyntaxProblem where nothing has that name yet."""
    target = anchors.get(name)
    if target is None:
        raise SyntaxProblem(f"yaml: unknown anchor '{name}' referenced", location)
    return Raw(ALIAS, location, name, target=target)
