"""Scalars in block style, `|` and `>`. Source: `go.yaml.in/yaml/v2` (`scannerc.go`)."""

from __future__ import annotations

import re
from typing import Final

from kube_oidc.verdict.document import tokens as t
from kube_oidc.verdict.document.characters import END
from kube_oidc.verdict.document.cursor import Cursor
from kube_oidc.verdict.document.tokens import Token

_LINE: Final = re.compile(f"[^{t.STOPS}]*")
_SPACES: Final = re.compile(" *")


def block_scalar(cursor: Cursor) -> Token:
    """The scalar that begins at this `|` or `>`."""
    literal, line, column = cursor.text[cursor.at] == "|", cursor.line, cursor.column
    cursor.at += 1
    chomping, increment = _header(cursor)
    indent = 0
    if increment:
        indent = max(cursor.indent, 0) + increment
    indent, trailing = _empty_lines(cursor, indent)
    parts: list[str] = []
    leading, leading_blank = "", False
    while cursor.column == indent and cursor.text[cursor.at] != END:
        blank = cursor.text[cursor.at] in t.BLANKS
        if not literal and not leading_blank and not blank and leading == "\n":
            if not trailing:
                parts.append(" ")
        else:
            parts.append(leading)
        parts.append(trailing)
        leading_blank = blank
        match = _LINE.match(cursor.text, cursor.at)
        assert match is not None
        parts.append(match[0])
        cursor.at = match.end()
        cursor.need(2)
        leading = cursor.line_break() if cursor.text[cursor.at] in t.BREAKS else ""
        indent, trailing = _empty_lines(cursor, indent)
    if chomping != "-":
        parts.append(leading)
    if chomping == "+":
        parts.append(trailing)
    return Token(t.SCALAR, line, column, "".join(parts))


def _header(cursor: Cursor) -> tuple[str, int]:
    """Reads the chomping and indentation indicators, in either order, and the rest of the line."""
    chomping, increment = _chomping(cursor), _increment(cursor)
    if increment and not chomping:
        chomping = _chomping(cursor)
    cursor.blanks()
    cursor.comment()
    if cursor.text[cursor.at] not in t.BREAK_OR_END:
        cursor.fail("did not find expected comment or line break")
    if cursor.text[cursor.at] in t.BREAKS:
        cursor.need(2)
        cursor.line_break()
    return chomping, increment


def _chomping(cursor: Cursor) -> str:
    cursor.need(1)
    character = cursor.text[cursor.at]
    if character not in "+-":
        return ""
    cursor.at += 1
    return character


def _increment(cursor: Cursor) -> int:
    cursor.need(1)
    character = cursor.text[cursor.at]
    if character not in "0123456789":
        return 0
    if character == "0":
        cursor.fail("found an indentation indicator equal to 0")
    cursor.at += 1
    return int(character)


def _empty_lines(cursor: Cursor, indent: int) -> tuple[int, str]:
    """Skips indentation and empty lines; returns the indentation (detected if it was 0) and the line breaks."""
    breaks: list[str] = []
    deepest = 0
    while True:
        cursor.need(1)
        most = len(cursor.text) if not indent else cursor.line_start + max(indent, cursor.column)
        cursor.at = _SPACES.match(cursor.text, cursor.at, most).end()  # type: ignore[union-attr]
        cursor.need(1)
        deepest = max(deepest, cursor.column)
        if (not indent or cursor.column < indent) and cursor.text[cursor.at] == "\t":
            cursor.fail("found a tab character where an indentation space is expected")
        if cursor.text[cursor.at] not in t.BREAKS:
            break
        cursor.need(2)
        breaks.append(cursor.line_break())
    if not indent:
        indent = max(deepest, cursor.indent + 1, 1)
    return indent, "".join(breaks)
