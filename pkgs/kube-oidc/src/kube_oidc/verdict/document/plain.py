"""Scans scalars without quotation marks. Source: `go.yaml.in/yaml/v2` (`scannerc.go`)."""

from __future__ import annotations

import re
from typing import Final

from kube_oidc.verdict.document import tokens as t
from kube_oidc.verdict.document.cursor import Cursor
from kube_oidc.verdict.document.tokens import Token

_STOP: Final = t.BLANKS + t.STOPS
_SPACES: Final = re.compile(" *")
_IN_BLOCK: Final = re.compile(f"(?:[^:{_STOP}]|:(?![{_STOP}]))+")
_IN_FLOW: Final = re.compile(rf"(?:[^:,?\[\]{{}}{_STOP}]|:(?![{_STOP}]))+")


def plain(cursor: Cursor) -> Token:
    """The scalar that begins here; it continues on lines that are indented further."""
    words = _IN_FLOW if cursor.flow else _IN_BLOCK
    line, column = cursor.line, cursor.column
    text = cursor.text
    parts: list[str] = []
    between, breaks = "", ""
    while True:
        match = words.match(text, cursor.at)
        if match is not None:
            parts += folded(between, breaks), match[0]
            between, breaks = "", ""
            cursor.at = match.end()
            if cursor.problem:
                cursor.need(2)
        if text[cursor.at] not in _BLANK_OR_BREAK:
            break
        between, breaks = spaces(cursor, between, breaks, cursor.indent + 1)
        if not cursor.flow and cursor.at - cursor.line_start < cursor.indent + 1:
            break
        cursor.need(4)
        if cursor.at_document() or text[cursor.at] == "#":
            break
    if breaks:
        cursor.key_allowed = True
    return Token(t.SCALAR, line, column, "".join(parts), t.PLAIN)


_BLANK_OR_BREAK: Final = frozenset(t.BLANKS + t.BREAKS)


def spaces(cursor: Cursor, between: str, breaks: str, indent: int = 0) -> tuple[str, str]:
    """Skips blanks and line breaks; returns the blanks if there is no break, and the breaks."""
    text = cursor.text
    while True:
        if cursor.problem:
            cursor.need(1)
        character = text[cursor.at]
        if character in t.BREAKS:
            cursor.need(2)
            breaks += cursor.line_break()
            between = ""
        elif character not in t.BLANKS:
            return between, breaks
        elif breaks and character == "\t" and cursor.column < indent:
            cursor.fail("found a tab character that violates indentation")
        elif breaks and character == " ":
            cursor.at = _SPACES.match(text, cursor.at).end()  # type: ignore[union-attr]
        else:
            if not breaks:
                between += character
            cursor.at += 1


def folded(between: str, breaks: str) -> str:
    """Folds line breaks inside a scalar: one becomes a space, of several the first is dropped."""
    if not breaks:
        return between
    if breaks[0] != "\n":
        return breaks
    return breaks[1:] or " "
