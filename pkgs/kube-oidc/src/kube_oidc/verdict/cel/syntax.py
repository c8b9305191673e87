"""The syntax tree. `position` is the offset in code points that an error at this node points to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from kube_oidc.verdict.cel import types
from kube_oidc.verdict.undecidable import Undecidable


@dataclass(slots=True, eq=False)
class Literal:
    """A constant: None, bool, int, `Uint`, float, str or bytes."""

    position: int
    value: object
    type: types.Type = types.DYN


@dataclass(slots=True, eq=False)
class Ident:
    """A name."""

    position: int
    name: str
    type: types.Type = types.DYN


@dataclass(slots=True, eq=False)
class Select:
    """`operand.field`; with `test`, `has(operand.field)`. `reference` is set if it is a qualified name."""

    position: int
    operand: Node
    field: str
    test: bool = False
    type: types.Type = types.DYN
    reference: str = ""


@dataclass(slots=True, eq=False)
class Call:
    """A function or operator; `target` is the operand before the dot, `overloads` are those that apply."""

    position: int
    function: str
    arguments: list[Node]
    target: Node | None = None
    type: types.Type = types.DYN
    overloads: tuple[str, ...] = ()


@dataclass(slots=True, eq=False)
class ListLiteral:
    """`[a, ?b]`; `optional` has the indices marked with `?`."""

    position: int
    elements: list[Node]
    optional: frozenset[int] = frozenset()
    type: types.Type = types.DYN


@dataclass(slots=True, eq=False)
class Entry:
    """One entry of a map or one field of an object (then `key` is a Literal)."""

    position: int
    key: Node
    value: Node
    optional: bool


@dataclass(slots=True, eq=False)
class MapLiteral:
    """`{key: value}`."""

    position: int
    entries: list[Entry]
    type: types.Type = types.DYN


@dataclass(slots=True, eq=False)
class StructLiteral:
    """`Name{field: value}`."""

    position: int
    name: str
    fields: list[Entry]
    type: types.Type = types.DYN


@dataclass(slots=True, eq=False)
class Comprehension:
    """The expansion of macros over lists and maps: a fold with an accumulator."""

    position: int
    range: Node
    variable: str
    second_variable: str
    accumulator: str
    initial: Node
    condition: Node
    step: Node
    result: Node
    type: types.Type = types.DYN


@dataclass(slots=True, eq=False)
class Unspecified:
    """A placeholder for a node with a reported error."""

    position: int
    type: types.Type = field(default=types.ERROR)


Node: TypeAlias = (
    Literal | Ident | Select | Call | ListLiteral | MapLiteral | StructLiteral | Comprehension | Unspecified
)


def qualified_name(node: Node) -> str | None:
    """`a.b.c` if the node consists of names and dots only, otherwise None."""
    parts: list[str] = []
    while isinstance(node, Select):
        if node.test:
            return None
        parts.append(node.field)
        node = node.operand
    if not isinstance(node, Ident):
        return None
    parts.append(node.name)
    return ".".join(reversed(parts))


class Copier:
    """Copies trees, because each node has its own type. `left` is the number of nodes it may still create."""

    def __init__(self, left: int) -> None:
        self.left = left
        self.macro = 0

    def copied(self, node: Node, macro: int) -> Node:
        """A copy of the tree for a macro at this position; raises Undecidable if nested copies become too many."""
        self.macro = macro
        return self.copy(node)

    def copy(self, node: Node) -> Node:
        """Copies a part of a tree."""
        self.left -= 1
        if self.left < 0:
            raise Undecidable("nested macros that expand to too many nodes")
        copy = self.copy
        match node:
            case Literal():
                return Literal(node.position, node.value)
            case Ident():
                return Ident(node.position, node.name)
            case Select():
                return Select(node.position, copy(node.operand), node.field, node.test)
            case Call():
                target = None if node.target is None else copy(node.target)
                return Call(node.position, node.function, [copy(a) for a in node.arguments], target)
            case ListLiteral():
                return ListLiteral(node.position, [copy(element) for element in node.elements], node.optional)
            case MapLiteral():
                return MapLiteral(node.position, [self._entry(entry) for entry in node.entries])
            case StructLiteral():
                return StructLiteral(node.position, node.name, [self._entry(entry) for entry in node.fields])
            case Comprehension():
                names = (node.variable, node.second_variable, node.accumulator)
                parts = (copy(node.range), *names, copy(node.initial), copy(node.condition))
                return Comprehension(node.position, *parts, copy(node.step), copy(node.result))
            case Unspecified():
                return Unspecified(node.position)

    def _entry(self, entry: Entry) -> Entry:
        """Copies an entry; like cel-go, gives it the macro's position."""
        return Entry(self.macro, self.copy(entry.key), self.copy(entry.value), entry.optional)
