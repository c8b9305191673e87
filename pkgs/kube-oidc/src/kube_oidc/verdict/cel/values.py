"""Run-time values. CEL's null, bool, int, double, string, bytes and list are Python's; the rest is defined here.

A list that is a `[]string` in Go is a `StringList`: Kubernetes doesn't accept such a list as groups.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from kube_oidc.verdict.undecidable import Undecidable


class CelError(Exception):
    """An evaluation error; the message is cel-go's."""


def takes(convert: Callable[..., object]) -> Callable[..., bool]:
    """Turns a conversion into a check of its arguments: `ip` into `isIP`."""

    def taken(*arguments: object) -> bool:
        try:
            convert(*arguments)
        except CelError:
            return False
        return True

    return taken


class Crashed(BaseException):
    """Go panics during evaluation: nothing absorbs it, and cel-go makes it the error of the whole expression."""

    def __init__(self, panic: str) -> None:
        super().__init__(f"internal error: {panic}")


class UnhashableError(Crashed):
    """Go panics when it looks up bytes, or another value that it can't hash, in a map."""

    def __init__(self, go_type: str = "types.Bytes") -> None:
        super().__init__(f"runtime error: hash of unhashable type {go_type}")


class Stopped(BaseException):
    """Evaluation exceeds the cost limit; nothing absorbs this error."""


class GoPanics(Exception):
    """cel-go panics while compiling this expression, and the API server with it."""


class _Missing:
    __slots__ = ()


class _Failed:
    __slots__ = ()
    go_type = "*types.Err"


MISSING: Final = _Missing()
FAILED: Final[Any] = _Failed()
"""Represents a failed value when costs are counted."""


class Uint(int):
    """An unsigned 64-bit integer."""

    __slots__ = ()


class StringList(list[Any]):
    """A list that is a `[]string` in Go."""

    __slots__ = ()


class MutableList(list[Any]):
    """An accumulator that was initially empty: adding to it modifies it everywhere."""

    __slots__ = ("viewed",)
    go_type = "*types.mutableList"

    def __init__(self) -> None:
        super().__init__()
        self.viewed = False

    def add(self, other: list[Any]) -> MutableList:
        """Appends in place; raises Undecidable if another list shares a part that this changes."""
        if self.viewed and other:
            raise Undecidable("an addition to a list that is part of another list")
        self.extend(other)
        return self


@dataclass(frozen=True, slots=True)
class Timestamp:
    """Nanoseconds since 1970 (UTC), and the UTC offset in seconds with which it was written."""

    nanoseconds: int
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time in nanoseconds."""

    nanoseconds: int


@dataclass(frozen=True, slots=True, eq=False)
class Optional:
    """A value, or none (`MISSING`)."""

    value: object = MISSING

    @property
    def present(self) -> bool:
        """Whether there is a value."""
        return self.value is not MISSING


NONE: Final = Optional()


def held(optional: Optional) -> object:
    """The optional's value; raises the failure if it contains one."""
    if isinstance(optional.value, CelError):
        raise optional.value
    return optional.value


def kept(optional: Optional) -> object:
    """The optional's value as a part of another value; like cel-go, keeps a failure in it."""
    if isinstance(optional.value, CelError):
        raise Undecidable("an error inside a list or map")
    return optional.value


@dataclass(frozen=True, slots=True, eq=False)
class TypeValue:
    """A type as a value, known by its run-time name."""

    name: str


class Opaque:
    """A value of one of Kubernetes' own types."""

    __slots__ = ()
    type_name: str
    hashable = True
    """Whether Go can look it up in a map."""

    @property
    def go_type(self) -> str:
        """`%T` in Go."""
        raise NotImplementedError

    @property
    def size(self) -> int:
        """Go's `Size()`, for counting costs."""
        return 1

    def equals(self, other: object) -> bool:
        """Whether both values, which are of this type, are equal."""
        if type(other) is not type(self):
            raise CelError("no such overload")
        return self == other


class MapValue:
    """A map; 1, 1u and 1.0 are the same key, true is a different one."""

    __slots__ = ("_entries",)

    type_name = "map"
    has_size = True

    def __init__(self, entries: list[tuple[object, object]] | None = None) -> None:
        self._entries: dict[object, tuple[object, object]] = {}
        for key, value in entries or ():
            self._entries[literal_key(key)] = (key, value)

    def find(self, key: object) -> object:
        """The value of `key`, or MISSING; an empty map doesn't check the key's type."""
        for candidate in lookup_keys(key) if self._entries else ():
            if candidate in self._entries:
                return self._entries[candidate][1]
        return MISSING

    def get(self, key: object) -> object:
        """The value of an existing key, which is never unescaped."""
        return self.find(key)

    def contains(self, key: object) -> bool:
        """The result of `key in map`."""
        if type(key) is bytes and self._entries:
            raise UnhashableError
        return self.find(key) is not MISSING

    def keys(self) -> list[object]:
        """The keys in order of insertion; Go's order is random."""
        return [key for key, _ in self._entries.values()]

    def first_key(self) -> object:
        """The first key; the map must not be empty."""
        return next(iter(self._entries.values()))[0]

    def __len__(self) -> int:
        return len(self._entries)

    def equals(self, other: object, same: Callable[[Any, Any], bool]) -> bool:
        """Whether both have the same keys with the same values."""
        if not isinstance(other, MapValue) or len(self) != len(other):
            return False
        for key in self.keys():
            value = other.find(key)
            if value is MISSING or not same(self.get(key), value):
                return False
        return True

    def insert(self, key: object, value: object) -> None:
        """Adds an entry to a map under construction."""
        self._entries[literal_key(key)] = (key, value)

    def remove(self, key: object) -> None:
        """Removes an entry from a map under construction."""
        self._entries.pop(literal_key(key), None)

    def items(self) -> Iterator[tuple[object, object]]:
        """Keys with their values."""
        return iter(self._entries.values())


class MutableMap(MapValue):
    """An accumulator that was initially empty: inserting modifies it."""

    __slots__ = ()


def literal_key(key: object) -> object:
    """The identity of a key in Go's `map[ref.Val]ref.Val`: type and value, or the object if it is a pointer."""
    if type(key) is str:
        return key
    if isinstance(key, Opaque) and not key.hashable:
        raise UnhashableError(key.go_type)
    if isinstance(key, list | Opaque):
        return (type(key), id(key))
    return (type(key), key)


def lookup_keys(key: object) -> Iterator[object]:
    """The identities with which cel-go looks up `key`: as is, then as the other integer type."""
    yield literal_key(key)
    kind = type(key)
    if kind is float:
        if key != int(key) if abs(key) < float("inf") else True:  # type: ignore[call-overload,arg-type]
            return
        number = int(key)  # type: ignore[call-overload]
        if -(1 << 63) <= number < 1 << 63:
            yield (int, number)
        if 0 <= number < 1 << 64:
            yield (Uint, Uint(number))
    elif kind is int and key >= 0:  # type: ignore[operator]
        yield (Uint, Uint(key))  # type: ignore[call-overload]
    elif kind is Uint and key < 1 << 63:  # type: ignore[operator]
        yield (int, int(key))  # type: ignore[call-overload]


_TYPE_NAMES: Final[dict[type, str]] = {
    str: "string",
    bool: "bool",
    int: "int",
    float: "double",
    list: "list",
    StringList: "list",
    bytes: "bytes",
    Uint: "uint",
    type(None): "null_type",
    Timestamp: "google.protobuf.Timestamp",
    Duration: "google.protobuf.Duration",
    Optional: "optional_type",
    TypeValue: "type",
}


def type_name(value: object) -> str:
    """The name of the run-time type, as printed by `type(value)` and in errors."""
    name = _TYPE_NAMES.get(type(value))
    if name is not None:
        return name
    if isinstance(value, list):
        return "list"
    return value.type_name  # type: ignore[attr-defined,no-any-return]
