"""Parses JSON like Go's `encoding/json`, with its errors and the location of every value."""

from __future__ import annotations

import re
from typing import Final

from kube_oidc.diagnostics import Location
from kube_oidc.verdict.document.node import MAX_DEPTH, Entry, Kind, LimitExceeded, Node, SyntaxProblem
from kube_oidc.verdict.golang.quote import quote

_SPACE: Final = re.compile(r"[ \t\r\n]*")
_PLAIN: Final = re.compile(r'[^"\\\x00-\x1f]*')
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_ESCAPES: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "/": "/"}
_SPACE_FITS: Final = ("looking for", "after object", "after array", "in string literal")
_PREFIX: Final = "couldn't get version/kind; json parse error: "


def read_json(data: bytes) -> Node:
    """The only value in `data`; raises SyntaxProblem with the API server's message."""
    return _Reader(data.decode("utf-8", "surrogateescape")).document()


def shown(character: str) -> str:
    """A character as `encoding/json` shows it in an error."""
    if character == "'":
        return r"'\''"
    if character == '"':
        return "'\"'"
    byte = character.encode("utf-8", "surrogateescape")[:1].decode("latin-1")  # Go reads bytes
    return "'" + quote(byte)[1:-1] + "'"


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.line_starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self.line = 0

    def document(self) -> Node:
        node = self._value(0)
        self._skip()
        if self.position < len(self.text):
            raise self._unexpected("after top-level value")
        return node

    def _location(self, position: int) -> Location:
        while self.line + 1 < len(self.line_starts) and self.line_starts[self.line + 1] <= position:
            self.line += 1
        return Location(self.line + 1, position - self.line_starts[self.line] + 1)

    def _unexpected(self, context: str) -> SyntaxProblem:
        if self.position >= len(self.text) and context.startswith(_SPACE_FITS):
            return SyntaxProblem(_PREFIX + "unexpected end of JSON input", self._location(self.position))
        character = self.text[self.position : self.position + 1] or " "  # as Go does at the end
        message = f"{_PREFIX}invalid character {shown(character)} {context}"
        return SyntaxProblem(message, self._location(self.position))

    def _skip(self) -> str:
        match = _SPACE.match(self.text, self.position)
        assert match is not None
        self.position = match.end()
        return self.text[self.position : self.position + 1]

    def _value(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise LimitExceeded(f"nested deeper than {MAX_DEPTH} levels", self._location(self.position))
        character = self._skip()
        location = self._location(self.position)
        if character == "{":
            return Node(Kind.OBJECT, location, entries=self._entries(depth))
        if character == "[":
            return Node(Kind.ARRAY, location, items=self._items(depth))
        if character == '"':
            return Node(Kind.STRING, location, self._string())
        if character and character in "-0123456789":
            return Node(Kind.NUMBER, location, self._number())
        for word, kind, value in (
            ("true", Kind.BOOL, True),
            ("false", Kind.BOOL, False),
            ("null", Kind.NULL, None),
        ):
            if character == word[0]:
                self._word(word)
                return Node(kind, location, value)
        raise self._unexpected("looking for beginning of value")

    def _word(self, word: str) -> None:
        for expected in word:
            if self.text[self.position : self.position + 1] != expected:
                raise self._unexpected(f"in literal {word} (expecting {shown(expected)})")
            self.position += 1

    def _entries(self, depth: int) -> list[Entry]:
        entries: list[Entry] = []
        self.position += 1
        while True:
            character = self._skip()
            if character == "}" and not entries:
                break
            location = self._location(self.position)
            if character != '"':
                raise self._unexpected("looking for beginning of object key string")
            key = self._string()
            if self._skip() != ":":
                raise self._unexpected("after object key")
            self.position += 1
            entries.append(Entry(key, location, self._value(depth + 1)))
            if self._skip() == "}":
                break
            if self.text[self.position : self.position + 1] != ",":
                raise self._unexpected("after object key:value pair")
            self.position += 1
        self.position += 1
        return entries

    def _items(self, depth: int) -> list[Node]:
        items: list[Node] = []
        self.position += 1
        while True:
            if self._skip() == "]" and not items:
                break
            items.append(self._value(depth + 1))
            if self._skip() == "]":
                break
            if self.text[self.position : self.position + 1] != ",":
                raise self._unexpected("after array element")
            self.position += 1
        self.position += 1
        return items

    def _number(self) -> int | float:
        match = _NUMBER.match(self.text, self.position)
        if match is None:
            self.position += 1
            raise self._unexpected("in numeric literal")
        self.position = match.end()
        following = self.text[self.position : self.position + 1]
        whole = match[0].lstrip("-").isdigit()
        if following == "." and whole:
            self.position += 1
            raise self._unexpected("after decimal point in numeric literal")
        if following in ("e", "E") and "e" not in match[0].lower():
            self.position += 1
            if self.text[self.position : self.position + 1] in ("+", "-"):
                self.position += 1
            raise self._unexpected("in exponent of numeric literal")
        text = match[0]
        return float(text) if set(text) & set(".eE") or len(text) > 400 else int(text)

    def _string(self) -> str:
        self.position += 1
        parts: list[str] = []
        while True:
            match = _PLAIN.match(self.text, self.position)
            assert match is not None
            parts.append(match[0])
            self.position = match.end()
            character = self.text[self.position : self.position + 1]
            if character == '"':
                self.position += 1
                return _joined_surrogates("".join(parts))
            if character != "\\":
                raise self._unexpected("in string literal")
            self.position += 1
            parts.append(self._escape())

    def _escape(self) -> str:
        character = self.text[self.position : self.position + 1]
        if character in _ESCAPES and character:
            self.position += 1
            return _ESCAPES[character]
        if character != "u":
            raise self._unexpected("in string escape code")
        digits = ""
        for _ in range(4):
            self.position += 1
            digit = self.text[self.position : self.position + 1]
            if not digit or digit not in "0123456789abcdefABCDEF":
                raise self._unexpected(r"in \u hexadecimal character escape")
            digits += digit
        self.position += 1
        return chr(int(digits, 16))


def _joined_surrogates(text: str) -> str:
    """Joins surrogate pairs; as in Go, a lone surrogate or an invalid byte becomes U+FFFD."""
    if text.isascii() or not any(0xD800 <= ord(character) < 0xE000 for character in text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
