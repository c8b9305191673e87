"""Scans scalars in quotation marks. Source: `go.yaml.in/yaml/v2` (`scannerc.go`)."""

from __future__ import annotations

import re
from typing import Final

from kube_oidc.verdict.document import tokens as t
from kube_oidc.verdict.document.characters import END
from kube_oidc.verdict.document.cursor import Cursor
from kube_oidc.verdict.document.plain import folded, spaces
from kube_oidc.verdict.document.tokens import Token

_STOP: Final = t.BLANKS + t.STOPS
_SINGLE: Final = re.compile(f"[^'{_STOP}]+")
_DOUBLE: Final = re.compile(rf'[^"\\{_STOP}]+')
_HEX: Final = re.compile("[0-9A-Fa-f]*")
_LENGTHS: Final = {"x": 2, "u": 4, "U": 8}
_ESCAPES: Final = {
    "0": "\0", "a": "\x07", "b": "\x08", "t": "\t", "\t": "\t", "n": "\n", "v": "\x0b", "f": "\x0c",
    "r": "\r", "e": "\x1b", " ": " ", '"': '"', "'": "'", "\\": "\\", "N": "\x85", "_": "\xa0",
    "L": "\u2028", "P": "\u2029",
}  # fmt: skip


def quoted(cursor: Cursor) -> Token:
    """The scalar that begins at this quotation mark."""
    quote, line, column = cursor.text[cursor.at], cursor.line, cursor.column
    cursor.at += 1
    parts: list[str] = []
    while True:
        cursor.need(4)
        if cursor.at_document():
            cursor.fail("found unexpected document indicator")
        if cursor.text[cursor.at] == END:
            cursor.fail("found unexpected end of stream")
        joined = _words(cursor, quote, parts)
        cursor.need(1)
        if cursor.text[cursor.at] == quote:
            break
        between, breaks = _spaces(cursor) if joined else spaces(cursor, "", "")
        parts.append(breaks if joined else folded(between, breaks))
    cursor.at += 1
    return Token(t.SCALAR, line, column, "".join(parts))


def _words(cursor: Cursor, quote: str, parts: list[str]) -> bool:
    """Reads up to a blank, a line break or the end; returns whether it ended with an escaped line break."""
    words = _SINGLE if quote == "'" else _DOUBLE
    while cursor.text[cursor.at] not in t.BLANK_OR_END:
        match = words.match(cursor.text, cursor.at)
        if match is not None:
            parts.append(match[0])
            cursor.at = match.end()
        elif quote == "'":
            if cursor.text[cursor.at + 1] != "'":
                return False
            parts.append("'")
            cursor.at += 2
        elif cursor.text[cursor.at] == '"':
            return False
        elif cursor.text[cursor.at + 1] in t.BREAKS:
            cursor.need(3)
            cursor.at += 1
            cursor.line_break()
            return True
        else:
            parts.append(_escape(cursor))
        cursor.need(2)
    return False


def _spaces(cursor: Cursor) -> tuple[str, str]:
    """Skips what follows an escaped line break: drops blanks, keeps line breaks."""
    breaks = ""
    while True:
        cursor.need(1)
        character = cursor.text[cursor.at]
        if character in t.BREAKS:
            cursor.need(2)
            breaks += cursor.line_break()
        elif character in t.BLANKS:
            cursor.at += 1
        else:
            return "", breaks


def _escape(cursor: Cursor) -> str:
    letter = cursor.text[cursor.at + 1]
    if letter in _ESCAPES:
        cursor.at += 2
        return _ESCAPES[letter]
    length = _LENGTHS.get(letter)
    if length is None:
        cursor.fail("found unknown escape character")
    cursor.at += 2
    cursor.need(length)
    digits = cursor.text[cursor.at : cursor.at + length]
    if len(digits) < length or not _HEX.fullmatch(digits):
        cursor.fail("did not find expected hexdecimal number")
    value = int(digits, 16)
    if 0xD800 <= value <= 0xDFFF or value > 0x10FFFF:
        cursor.fail("found invalid Unicode character escape code")
    cursor.at += length
    return chr(value)
