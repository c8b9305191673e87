"""Strings and constant objects in Terraform and Nix source, without evaluating anything."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from kube_oidc.inputs.embedded import Text
from kube_oidc.inputs.tree import Value, string

MAX_NESTING: Final = 200
_SPACE_OR_COMMENT: Final = r"\s+|#[^\n]*|/\*.*?\*/"
_INTERPOLATION: Final = re.compile(r"(?<![$'])\$\{|%\{")


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of source: `text` is set for strings; every other token is its `word`."""

    start: int
    end: int
    word: str = ""
    text: Text | None = None
    computed: bool = False


@dataclass(frozen=True, slots=True)
class Language:
    """How a language writes values. `strings` returns the string that begins at an index, or None."""

    strings: Callable[[Text, int], Token | None]
    skipped: re.Pattern[str]
    word: re.Pattern[str]
    assigns: frozenset[str]
    ends: str


def tokens(source: Text, language: Language) -> list[Token]:
    """The source as tokens, without comments and white space."""
    found, position, end = [], 0, len(source.text)
    while position < end:
        skipped = language.skipped.match(source.text, position)
        if skipped:
            position = skipped.end()
            continue
        token = language.strings(source, position)
        if token is None:
            word = language.word.match(source.text, position)
            last = word.end() if word else position + 1
            token = Token(position, last, source.text[position:last])
        found.append(token)
        position = token.end
    return found


def objects(found: list[Token], language: Language, key: str, text: str) -> Iterator[Value]:
    """Every `{…}` with this string under this key, in the file's order."""
    open_: list[int] = []
    for position, token in enumerate(found):
        if token.word == "{":
            open_.append(position)
        elif token.word == "}" and open_:
            open_.pop()
        elif token.text is not None and token.text.text == text and open_ and position > 1:
            named = found[position - 2]
            assigned = found[position - 1].word in language.assigns
            if assigned and (named.text.text if named.text else named.word) == key:
                yield _Parser(found, language).value(open_[-1], 0)[0]


class _Parser:
    """Reads values; an expression that isn't a constant becomes a computed null."""

    def __init__(self, found: list[Token], language: Language) -> None:
        self._found = found
        self._language = language

    def _word(self, position: int) -> str:
        return self._found[position].word if position < len(self._found) else "}"

    def value(self, position: int, depth: int) -> tuple[Value, int]:
        """The value at this token, and the token after it."""
        if position >= len(self._found):
            return Value(0, "null", computed=True), position
        token = self._found[position]
        if token.text is not None:
            return string(token.text.text, token.start, computed=token.computed), position + 1
        if token.word == "{" and depth < MAX_NESTING:
            return self._object(position, depth)
        if token.word == "[" and depth < MAX_NESTING:
            return self._list(position, depth)
        if re.fullmatch(r"true|false|null|-?\d+(\.\d+)?", token.word):
            return Value(token.start, token.word), position + 1
        return Value(token.start, "null", computed=True), self._after(position)

    def _object(self, position: int, depth: int) -> tuple[Value, int]:
        value = Value(self._found[position].start, entries=[])
        position += 1
        while self._word(position) not in ("}", "]"):
            start, keys = position, []
            while position < len(self._found) and self._word(position) not in (*self._language.assigns, "}"):
                token = self._found[position]
                keys += [token.text.text if token.text else token.word] if token.word != "." else []
                position += 1
            if self._word(position) not in self._language.assigns:
                break
            child, position = self.value(position + 1, depth + 1)
            child, position = self._rest(child, position)
            self._add(value, keys, self._found[start].start, child)
        return value, position + 1

    def _add(self, value: Value, keys: list[str], start: int, child: Value) -> None:
        for key in keys[:-1]:
            below = value.get(key)
            if below is None or below.entries is None:
                below = Value(start, entries=[])
                if value.entries is not None:
                    value.entries.append((key, start, below))
            value = below
        if keys and value.entries is not None:
            value.entries.append((keys[-1], start, child))

    def _rest(self, child: Value, position: int) -> tuple[Value, int]:
        """What follows a value before the next entry makes it an expression."""
        word = self._word(position)
        ends = self._language.ends
        if ends == ";":
            if word not in (";", "}"):
                child.computed = True
                position = self._after(position)
            return child, position + (self._word(position) == ";")
        return child, position + (word == ",")

    def _list(self, position: int, depth: int) -> tuple[Value, int]:
        value = Value(self._found[position].start)
        position += 1
        while self._word(position) not in ("]", "}"):
            child, after = self.value(position, depth + 1)
            value.items.append(child)
            position = max(after, position + 1)
            position += self._word(position) == ","
        return value, position + 1

    def _after(self, position: int) -> int:
        """The token after an expression: at the next separator that isn't in brackets."""
        open_ = 0
        for at in range(position, len(self._found)):
            word = self._found[at].word
            if open_ == 0 and at > position and (word in (",", ";", "}", "]", ")") or self._starts(at)):
                return at
            open_ += word in ("(", "[", "{")
            open_ -= word in (")", "]", "}")
        return len(self._found)

    def _starts(self, at: int) -> bool:
        """Whether a new entry begins here: in Terraform, entries may be separated by line breaks only."""
        following = self._word(at + 1)
        return self._language.ends != ";" and following in self._language.assigns and following == "="


def quoted(source: Text, start: int) -> Token:
    """A string in double quotes, with escapes; `${…}` may contain strings."""
    text, at, outer, position = [], array("L"), source.text, start + 1
    while position < len(outer) and outer[position] != '"':
        width, character = 1, outer[position]
        if character == "\\" and position + 1 < len(outer):
            width, character = (
                2,
                {"n": "\n", "t": "\t", "r": "\r"}.get(outer[position + 1], outer[position + 1]),
            )
        elif outer.startswith("${", position):
            width = _interpolated(outer, position) - position
            character = outer[position : position + width]
        text.append(character)
        at.extend([source.at[position]] * len(character))
        position += width
    at.append(source.at[min(position, len(outer))])
    value = "".join(text)
    return Token(start, position + 1, text=Text(value, at), computed=_INTERPOLATION.search(value) is not None)


def _interpolated(outer: str, position: int) -> int:
    """The index after `${…}`."""
    depth = 0
    for at in range(position + 1, len(outer)):
        depth += outer[at] == "{"
        depth -= outer[at] == "}"
        if depth == 0:
            return at + 1
    return len(outer)


SKIPPED: Final = re.compile(_SPACE_OR_COMMENT, re.S)
