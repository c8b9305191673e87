"""The tree that the readers make: JSON values, each with its place in the file."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from kube_oidc.diagnostics import Location

MAX_DEPTH: Final = 64
MAX_NODES: Final = 250_000


class Kind(Enum):
    """The JSON type of a node; the value is Go's word for it in decoding errors."""

    OBJECT = "object"
    ARRAY = "array"
    STRING = "string"
    NUMBER = "number"
    BOOL = "bool"
    NULL = "null"


@dataclass(slots=True)
class Entry:
    """One `key: value` of an object; a JSON document may have the same key twice."""

    key: str
    location: Location
    node: Node


@dataclass(slots=True)
class Node:
    """A value: `entries` of an object, `items` of an array, `scalar` of everything else."""

    kind: Kind
    location: Location
    scalar: str | int | float | bool | None = None
    entries: list[Entry] = field(default_factory=list)
    items: list[Node] = field(default_factory=list)

    def get(self, key: str) -> Node | None:
        """The value of the last entry with this key, as a decoder would keep it."""
        for entry in reversed(self.entries):
            if entry.key == key:
                return entry.node
        return None

    def plain(self) -> object:
        """The same value of plain dicts, lists and scalars."""
        if self.kind is Kind.OBJECT:
            return {entry.key: entry.node.plain() for entry in self.entries}
        if self.kind is Kind.ARRAY:
            return [item.plain() for item in self.items]
        return self.scalar


class SyntaxProblem(Exception):
    """The text is no document at all; the message is the API server's."""

    def __init__(self, message: str, location: Location | None = None) -> None:
        super().__init__(message)
        self.location = location


class LimitExceeded(SyntaxProblem):
    """Beyond what the checker reads, so that it cannot say what the API server would."""
