"""The tree of JSON values, each with its location in the file."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from kube_oidc.diagnostics import Location

MAX_DEPTH: Final = 64
MAX_NODES: Final = 250_000


class Kind(Enum):
    """The JSON type of a node; the value is Go's name for it in decoding errors."""

    OBJECT = "object"
    ARRAY = "array"
    STRING = "string"
    NUMBER = "number"
    BOOL = "bool"
    NULL = "null"


@dataclass(slots=True)
class Entry:
    """One `key: value` of an object; a JSON document can have the same key twice."""

    key: str
    location: Location
    node: Node


@dataclass(slots=True)
class Node:
    """A value: an object has `entries`, an array `items`, everything else a `scalar`."""

    kind: Kind
    location: Location
    scalar: str | int | float | bool | None = None
    entries: list[Entry] = field(default_factory=list)
    items: list[Node] = field(default_factory=list)

    def get(self, key: str) -> Node | None:
        """The value of the last entry with this key, which is the one a decoder keeps; None if there is none."""
        for entry in reversed(self.entries):
            if entry.key == key:
                return entry.node
        return None

    def plain(self) -> object:
        """The value as plain dicts, lists and scalars."""
        if self.kind is Kind.OBJECT:
            return {entry.key: entry.node.plain() for entry in self.entries}
        if self.kind is Kind.ARRAY:
            return [item.plain() for item in self.items]
        return self.scalar


class SyntaxProblem(Exception):
    """The text isn't a valid document; the message is the API server's."""

    def __init__(self, message: str, location: Location | None = None) -> None:
        super().__init__(message)
        self.location = location


class LimitExceeded(SyntaxProblem):
    """The file exceeds our own limits, so the API server's verdict is unknown."""
