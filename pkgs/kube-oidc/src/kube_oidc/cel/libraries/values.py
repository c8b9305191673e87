"""What the libraries' functions take and return beside plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

TYPE: Final = "@type"


class LibraryError(Exception):
    """A run-time error; the text is cel-go's own."""


class NoOverloadError(LibraryError):
    """An argument of another kind than the function is declared for."""

    def __init__(self) -> None:
        super().__init__("no such overload")


class Unsupported(Exception):
    """What cannot be computed faithfully; the text says what."""


@dataclass(frozen=True, slots=True)
class Optional:
    """CEL's optional. `Optional(None)` would be an optional null: an absent value is `NONE`."""

    value: object


NONE: Final = Optional(object())


class Opaque(dict[str, Any]):
    """A value of a Kubernetes type: `@type`, and fields; those after a `.` take no part in equality."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, dict) and _compared(self) == _compared(other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None


def _compared(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if not name.startswith(".")}


def opaque(value: object, type_name: str) -> dict[str, Any]:
    """The value itself if it is of that type; NoOverloadError if not."""
    if isinstance(value, dict) and value.get(TYPE) == type_name:
        return value
    raise NoOverloadError


def is_opaque(value: object, type_name: str) -> bool:
    """Whether the value is of that type."""
    return isinstance(value, dict) and value.get(TYPE) == type_name


def string(value: object) -> str:
    """The value itself if it is a string; NoOverloadError if not."""
    if isinstance(value, str):
        return value
    raise NoOverloadError


def integer(value: object) -> int:
    """The value itself if it is an int; NoOverloadError if not."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise NoOverloadError


def type_name(value: object) -> str:
    """The CEL type as cel-go's errors name it."""
    if isinstance(value, dict) and isinstance(value.get(TYPE), str):
        return str(value[TYPE])
    for kind, name in _TYPE_NAMES:
        if isinstance(value, kind):
            return name
    return type(value).__name__


_TYPE_NAMES: Final[tuple[tuple[type, str], ...]] = (
    (bool, "bool"),
    (int, "int"),
    (float, "double"),
    (str, "string"),
    (bytes, "bytes"),
    (list, "list"),
    (dict, "map"),
    (datetime, "google.protobuf.Timestamp"),
    (timedelta, "google.protobuf.Duration"),
    (Optional, "optional_type"),
    (type(None), "null_type"),
)
