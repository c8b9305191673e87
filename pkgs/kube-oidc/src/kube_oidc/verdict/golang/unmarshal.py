"""Converts JSON values into Go types like `encoding/json.Unmarshal`, with its errors."""

from __future__ import annotations

import json
import re
from typing import Any, Final, NoReturn

from kube_oidc.verdict.golang import utf8

_NAMES = (
    (bool, "bool"),
    (str, "string"),
    (int, "number"),
    (float, "number"),
    (dict, "object"),
    (list, "array"),
)


class UnmarshalError(ValueError):
    """The text of Go's error."""


_SPACE: Final = re.compile(r"[\s,]*")
_SEPARATOR: Final = re.compile(r"\s*:\s*")


class Pairs(dict[str, Any]):
    """An object with all its entries in order, including duplicates; as a dict it has only the last ones."""

    entries: list[tuple[str, Any]]
    text: str = ""

    def raw(self, position: int) -> str:
        """The source text of the value of the entry at `position`, in an object that is the whole document."""
        decoder = json.JSONDecoder()
        at = self.text.index("{") + 1
        for _ in range(position + 1):
            _, at = decoder.raw_decode(self.text, _SPACE.match(self.text, at).end())  # type: ignore[union-attr]
            start = _SEPARATOR.match(self.text, at).end()  # type: ignore[union-attr]
            _, end = decoder.raw_decode(self.text, start)
            at = end
        return self.text[start:end]


def parse_object(text: str | bytes) -> Pairs | None:
    """The JSON object in `text`; None if it isn't a JSON object. Raises RecursionError if nested too deep."""
    if isinstance(text, bytes):
        text = utf8.decoded(text)
    written = text
    if "\\u" in text:
        text = _LONE_SURROGATE.sub(r"\1\\ufffd", text)
    try:
        value = json.loads(
            text, object_pairs_hook=_pairs, parse_int=_integer, parse_float=_float, parse_constant=_refuse
        )
    except ValueError:
        return None
    if not isinstance(value, Pairs):
        return None
    value.text = written
    return value


_LONE_SURROGATE: Final = re.compile(
    r"(?<!\\)((?:\\\\)*)(?:\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2})"
)


def _pairs(entries: list[tuple[str, Any]]) -> Pairs:
    pairs = Pairs(entries)
    pairs.entries = entries
    return pairs


def number(text: str) -> int | float:
    """The value of a JSON number; OutOfRange if it exceeds float64."""
    if set(text) & set(".eE"):
        return _float(text)
    return _integer(text)


def _integer(text: str) -> int | float:
    if text == "-0":
        return NegativeZero(text)
    return int(text) if len(text) < 25 else _float(text)


class NegativeZero(float):
    """`-0`: a float with a sign, or the integer 0, depending on the target type."""


class OutOfRange(float):
    """A number that exceeds float64; `text` is its JSON text."""

    text: str


def _float(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        out = OutOfRange(value)
        out.text = text
        return out
    return value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def name_of(value: Any) -> str:
    """Go's name for the JSON type of a value."""
    return next((name for kind, name in _NAMES if isinstance(value, kind)), "null")


def to_string(value: Any) -> str:
    """Converts into a Go `string`; null becomes an empty one."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise UnmarshalError(f"json: cannot unmarshal {name_of(value)} into Go value of type string")
    return value


def to_bool(value: Any) -> bool:
    """Converts into a Go `bool`; null becomes false."""
    if value is None:
        return False
    if not isinstance(value, bool):
        raise UnmarshalError(f"json: cannot unmarshal {name_of(value)} into Go value of type bool")
    return value


def to_strings(value: Any) -> list[str]:
    """Converts into a Go `[]string`; a null entry becomes an empty string."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise UnmarshalError(f"json: cannot unmarshal {name_of(value)} into Go value of type []string")
    return [to_string(entry) for entry in value]


def to_string_or_strings(value: Any) -> list[str]:
    """Converts into kube-apiserver's `stringOrArray`: a list of strings, or one string."""
    try:
        return to_strings(value)
    except UnmarshalError:
        return [to_string(value)]


def field(pairs: Pairs, name: str) -> tuple[bool, Any]:
    """Whether a struct field is present, and its value.

    Names match in any case, the last entry wins, and null changes nothing.
    """
    found, value = False, None
    for key, entry in pairs.entries:
        if key == name or key.casefold() == name:
            found, value = True, value if entry is None else entry
    return found, value


def map_field(pairs: Pairs, name: str) -> Any:
    """A struct field that is a map: all entries of its name, in any case, are merged; null empties the map."""
    found: Any = None
    for key, entry in pairs.entries:
        if key == name or key.casefold() == name:
            found = found | entry if isinstance(found, dict) and isinstance(entry, dict) else entry
    return found


def out_of_range(value: Any) -> OutOfRange | None:
    """The first number in `value` that exceeds float64, or None."""
    if isinstance(value, OutOfRange):
        return value
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return next((found for part in parts if (found := out_of_range(part)) is not None), None)
