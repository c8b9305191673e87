"""Text inside a file, with the place of every character in the outer file."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from kube_oidc.diagnostics import Location

_BREAK: Final = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_SPACE: Final = " \t\r\n"
_ESCAPES: Final = {"x": 4, "u": 6, "U": 10}  # length of \\xHH, \\uHHHH, \\UHHHHHHHH


@dataclass(frozen=True)
class Text:
    """A text; `at[i]` is the index of its character `i` in the outer file, and `at[len(text)]` that of its end."""

    text: str
    at: Sequence[int]

    @staticmethod
    def whole(text: str) -> Text:
        """The outer file itself."""
        return Text(text, range(len(text) + 1))

    def part(self, start: int, end: int) -> Text:
        """The characters from `start` up to `end`."""
        return Text(self.text[start:end], self.at[start : end + 1])

    def constant(self, text: str, start: int) -> Text:
        """A text computed from this one, such as a decoded value: all of it is at `start`."""
        return Text(text, array("L", [self.at[start]]) * (len(text) + 1))

    @cached_property
    def _lines(self) -> list[int]:
        return [0, *(found.end() for found in _BREAK.finditer(self.text))]

    def index(self, place: Location) -> int:
        """The index of a line and column, at most the text's length."""
        line = min(place.line, len(self._lines))
        return min(self._lines[line - 1] + place.column - 1, len(self.text))

    def place(self, index: int) -> Location:
        """The line and column of an index."""
        line = bisect_right(self._lines, index)
        return Location(line, index - self._lines[line - 1] + 1)

    def outer(self, place: Location, file: Text) -> Location:
        """The place in the outer file of a place in this text."""
        return file.place(self.at[self.index(place)])


def joined(parts: Sequence[Text]) -> Text:
    """The texts one after the other."""
    at = array("L")
    for part in parts:
        at.extend(part.at[: len(part.text)])
    at.append(parts[-1].at[len(parts[-1].text)])
    return Text("".join(part.text for part in parts), at)


def dedented(text: Text, indentation: int) -> Text:
    """The lines without their first `indentation` spaces; shorter lines lose what they have."""
    parts, position = [], 0
    for line in text.text.splitlines(keepends=True):
        cut = min(indentation, len(line) - len(line.lstrip(" \t")))
        parts.append(text.part(position + cut, position + len(line)))
        position += len(line)
    return joined(parts) if parts else text


def unquoted(value: str, source: Text, start: int, quote: str) -> Text:
    """The value of a YAML or JSON scalar that begins at `start`; `quote` is its style: `"`, `'`, or empty.

    Follows escapes and folded lines; a value that can't be followed is at `start` as a whole.
    """
    at, position = array("L"), start + len(quote)
    outer = source.text
    try:
        for character in value:
            position = _next(outer, position, character, quote)
            at.append(source.at[position])
            position += _width(outer, position, quote)
    except IndexError:
        return source.constant(value, start)
    at.append(source.at[min(position, len(outer))])
    return Text(value, at)


def block(value: str, source: Text, start: int) -> Text:
    """The value of a YAML block scalar whose `|` is at `start`, line by line; folded lines by their words."""
    outer = source.text
    first = outer.index("\n", start) + 1
    at, position = array("L"), first
    for line in value.split("\n"):
        end = outer.find("\n", position)
        end = len(outer) if end < 0 else end
        content = outer[position:end].rstrip("\r")
        if not content.endswith(line):
            return unquoted(value, source, first, "")
        begin = position + len(content) - len(line)
        at.extend(source.at[begin : begin + len(line) + 1])
        position = min(end + 1, len(outer))
    return Text(value, at)


def _next(outer: str, position: int, character: str, quote: str) -> int:
    """Where this character of the value is: white space in between was folded."""
    if character in _SPACE:
        return position
    while outer[position] in _SPACE or (quote == '"' and _is_continuation(outer, position)):
        position += 2 if outer[position] == "\\" else 1
    if outer[position] != character and not (quote == '"' and outer[position] == "\\"):
        raise IndexError
    return position


def _is_continuation(outer: str, position: int) -> bool:
    return outer[position] == "\\" and outer[position + 1] in "\r\n"


def _width(outer: str, position: int, quote: str) -> int:
    """How many characters of the file make one of the value."""
    if quote == '"' and outer[position] == "\\":
        return _ESCAPES.get(outer[position + 1], 2)
    return 2 if quote == "'" and outer[position] == "'" else 1
