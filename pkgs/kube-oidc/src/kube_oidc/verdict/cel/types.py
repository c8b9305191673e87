"""CEL types for type checking, named and printed like cel-go's (`common/types/types.go`)."""

from __future__ import annotations

import re
from enum import Enum, auto
from functools import cache
from typing import Final


class Kind(Enum):
    """The general category of a type."""

    ANY = auto()
    BOOL = auto()
    BYTES = auto()
    DOUBLE = auto()
    DURATION = auto()
    DYN = auto()
    ERROR = auto()
    INT = auto()
    LIST = auto()
    MAP = auto()
    NULL = auto()
    OPAQUE = auto()
    STRING = auto()
    STRUCT = auto()
    TIMESTAMP = auto()
    TYPE = auto()
    PARAM = auto()
    UNSPECIFIED = auto()
    UINT = auto()


class Type:
    """One type. Equal by kind, name and parameters; `str()` is how error messages print it."""

    __slots__ = ("_hash", "generic", "kind", "name", "nullable", "parameters", "text")

    def __init__(
        self, kind: Kind, name: str, parameters: tuple[Type, ...] = (), *, nullable: bool = False
    ) -> None:
        self.kind = kind
        self.name = name
        self.parameters = parameters
        self.nullable = nullable
        self.generic: bool = kind is Kind.PARAM or any(part.generic for part in parameters)
        self.text = self._text()
        self._hash = hash((kind, self.text))

    def _text(self) -> str:
        printed = _PRINTED.get(self.kind, self.name)
        if self.parameters:
            return f"{self.name}({', '.join(part.text for part in self.parameters)})"
        return f"wrapper({printed})" if self.nullable else printed

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<type {self.text}>"

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, Type)
            and self.kind is other.kind
            and self.name == other.name
            and self.parameters == other.parameters
        )

    @property
    def declared_name(self) -> str:
        """The name without parameters, like cel-go's `Type.DeclaredTypeName()`."""
        return f"wrapper({self.name})" if self.nullable else self.name

    @property
    def declared(self) -> str:
        """The type as cel-go's `Type.String()` prints it: run-time names (`google.protobuf.Timestamp`)."""
        if self.kind is Kind.PARAM:
            return f"<{self.name}>"
        if not self.parameters:
            return self.declared_name
        return f"{self.name}({', '.join(part.declared for part in self.parameters)})"


_PRINTED: Final = {
    Kind.ANY: "any",
    Kind.DURATION: "duration",
    Kind.ERROR: "!error!",
    Kind.NULL: "null",
    Kind.TIMESTAMP: "timestamp",
}

ANY: Final = Type(Kind.ANY, "google.protobuf.Any")
BOOL: Final = Type(Kind.BOOL, "bool")
BYTES: Final = Type(Kind.BYTES, "bytes")
DOUBLE: Final = Type(Kind.DOUBLE, "double")
DURATION: Final = Type(Kind.DURATION, "google.protobuf.Duration")
DYN: Final = Type(Kind.DYN, "dyn")
ERROR: Final = Type(Kind.ERROR, "error")
INT: Final = Type(Kind.INT, "int")
NULL: Final = Type(Kind.NULL, "null_type")
STRING: Final = Type(Kind.STRING, "string")
TIMESTAMP: Final = Type(Kind.TIMESTAMP, "google.protobuf.Timestamp")
TYPE: Final = Type(Kind.TYPE, "type")
UINT: Final = Type(Kind.UINT, "uint")
UNSPECIFIED: Final = Type(Kind.UNSPECIFIED, "")


@cache
def list_of(element: Type) -> Type:
    """`list(element)`."""
    return Type(Kind.LIST, "list", (element,))


@cache
def map_of(key: Type, value: Type) -> Type:
    """`map(key, value)`."""
    return Type(Kind.MAP, "map", (key, value))


def opaque(name: str, *parameters: Type) -> Type:
    """An abstract type whose values only functions return, such as `optional_type(T)` or `net.IP`."""
    return Type(Kind.OPAQUE, name, parameters)


def optional_of(value: Type) -> Type:
    """`optional_type(value)`."""
    return Type(Kind.OPAQUE, "optional_type", (value,))


def struct(name: str) -> Type:
    """An object with named fields."""
    return Type(Kind.STRUCT, name)


def type_of(named: Type) -> Type:
    """The type of a type's name: `type(named)`."""
    return Type(Kind.TYPE, "type", (named,))


def parameter(name: str) -> Type:
    """A type parameter, such as the `A` of `list(A)`."""
    return Type(Kind.PARAM, name)


_SIMPLE: Final = {
    "any": ANY,
    "bool": BOOL,
    "bytes": BYTES,
    "double": DOUBLE,
    "duration": DURATION,
    "dyn": DYN,
    "int": INT,
    "null": NULL,
    "string": STRING,
    "timestamp": TIMESTAMP,
    "type": TYPE,
    "uint": UINT,
}
_NAME: Final = re.compile(r"[@\w.]+")


@cache
def parse(text: str) -> Type:
    """Parses a type in declarations.txt: `@name` is opaque, a single capital letter is a parameter."""
    result, rest = _parse(text)
    assert not rest, text
    return result


def _parse(text: str) -> tuple[Type, str]:
    match = _NAME.match(text)
    assert match is not None, text
    rest = text[match.end() :]
    parameters: list[Type] = []
    if rest.startswith("("):
        while not rest.startswith(")"):
            element, rest = _parse(rest[1:].lstrip())
            parameters.append(element)
        rest = rest[1:]
    return _named(match[0], tuple(parameters)), rest


def _named(name: str, parameters: tuple[Type, ...]) -> Type:
    if name == "list":
        return list_of(*parameters)
    if name == "map":
        return map_of(*parameters)
    if name == "type" and parameters:
        return type_of(*parameters)
    if name in _SIMPLE:
        return _SIMPLE[name]
    if name.startswith("@"):
        return opaque(name[1:], *parameters)
    return parameter(name) if len(name) == 1 else struct(name)
