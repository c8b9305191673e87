"""Scans directives, anchors, aliases and tags. Source: `go.yaml.in/yaml/v2` (`scannerc.go`)."""

from __future__ import annotations

import re
from typing import Final

from kube_oidc.verdict.document import tokens as t
from kube_oidc.verdict.document.cursor import Cursor
from kube_oidc.verdict.document.tokens import Token
from kube_oidc.verdict.golang import utf8

_NAME: Final = re.compile(r"[0-9A-Za-z_-]*")
_DIGITS: Final = re.compile(r"[0-9]*")
_URI: Final = re.compile(r"[0-9A-Za-z_\-;/?:@&=+$,.!~*'()\[\]]*")
_ESCAPED: Final = re.compile(r"%([0-9A-Fa-f]{2})")
_AFTER_ANCHOR: Final = t.BLANK_OR_END | frozenset("?:,]}%@`")
_MAX_VERSION_DIGITS: Final = 2


def anchor(cursor: Cursor) -> Token:
    """Scans `&name` or `*name`."""
    kind, line, column = cursor.text[cursor.at], cursor.line, cursor.column
    cursor.at += 1
    name = _match(cursor, _NAME)
    if not name or cursor.text[cursor.at] not in _AFTER_ANCHOR:
        cursor.fail("did not find expected alphabetic or numeric character")
    return Token(kind, line, column, name)


def tag(cursor: Cursor) -> Token:
    """Scans `!name`, `!!name`, `!handle!name`, `!<uri>` or a single `!`."""
    line, column = cursor.line, cursor.column
    cursor.need(2)
    if cursor.text[cursor.at + 1] == "<":
        cursor.at += 2
        handle, rest = "", _uri(cursor)
        if cursor.text[cursor.at] != ">":
            cursor.fail("did not find the expected '>'")
        cursor.at += 1
        cursor.need(1)
    else:
        handle = _handle(cursor)
        if len(handle) > 1 and handle.endswith("!"):
            rest = _uri(cursor)
        else:
            rest = handle[1:] + _uri(cursor, handle)
            handle = "!"
            if not rest:
                handle, rest = rest, handle
    if cursor.text[cursor.at] not in t.BLANK_OR_END:
        cursor.fail("did not find expected whitespace or line break")
    return Token(t.TAG, line, column, handle, rest)


def directive(cursor: Cursor) -> Token:
    """Scans `%YAML 1.1` or `%TAG handle prefix`, with its line break."""
    line, column = cursor.line, cursor.column
    cursor.at += 1
    name = _match(cursor, _NAME)
    if not name:
        cursor.fail("could not find expected directive name")
    if cursor.text[cursor.at] not in t.BLANK_OR_END:
        cursor.fail("found unexpected non-alphabetical character")
    if name == "YAML":
        token = Token(t.VERSION, line, column, _version(cursor))
    elif name == "TAG":
        token = Token(t.TAG_DIRECTIVE, line, column, *_tag_directive(cursor))
    else:
        cursor.fail("found unknown directive name")
    cursor.blanks()
    cursor.comment()
    if cursor.text[cursor.at] not in t.BREAK_OR_END:
        cursor.fail("did not find expected comment or line break")
    if cursor.text[cursor.at] in t.BREAKS:
        cursor.need(2)
        cursor.line_break()
    return token


def _version(cursor: Cursor) -> str:
    cursor.blanks()
    major = _number(cursor)
    if cursor.text[cursor.at] != ".":
        cursor.fail("did not find expected digit or '.' character")
    cursor.at += 1
    return f"{major}.{_number(cursor)}"


def _number(cursor: Cursor) -> int:
    digits = _match(cursor, _DIGITS)
    if len(digits) > _MAX_VERSION_DIGITS:
        cursor.at -= len(digits) - _MAX_VERSION_DIGITS
        cursor.fail("found extremely long version number")
    if not digits:
        cursor.fail("did not find expected version number")
    return int(digits)


def _tag_directive(cursor: Cursor) -> tuple[str, str]:
    cursor.blanks()
    handle = _handle(cursor, directive=True)
    if cursor.text[cursor.at] not in t.BLANKS:
        cursor.fail("did not find expected whitespace")
    cursor.blanks()
    prefix = _uri(cursor)
    if cursor.text[cursor.at] not in t.BLANK_OR_END:
        cursor.fail("did not find expected whitespace or line break")
    return handle, prefix


def _handle(cursor: Cursor, *, directive: bool = False) -> str:
    if cursor.text[cursor.at] != "!":
        cursor.fail("did not find expected '!'")
    cursor.at += 1
    handle = "!" + _match(cursor, _NAME)
    if cursor.text[cursor.at] == "!":
        cursor.at += 1
        cursor.need(1)
        return handle + "!"
    if directive and handle != "!":
        cursor.fail("did not find expected '!'")
    return handle


def _uri(cursor: Cursor, head: str = "") -> str:
    parts: list[bytes] = []
    while True:
        parts.append(_match(cursor, _URI).encode())
        if cursor.text[cursor.at] != "%":
            break
        parts.append(_escaped_character(cursor))
    uri = b"".join(parts)
    if not uri and not head:
        cursor.fail("did not find expected tag URI")
    return utf8.decoded(uri)


def _escaped_character(cursor: Cursor) -> bytes:
    """Scans one UTF-8 character whose bytes are written as `%XX`."""
    octets = bytearray()
    width = 1
    while len(octets) < width:
        cursor.need(3)
        match = _ESCAPED.match(cursor.text, cursor.at)
        if match is None:
            cursor.fail("did not find URI escaped octet")
        octet = int(match[1], 16)
        if not octets:
            width = _width(octet)
            if not width:
                cursor.fail("found an incorrect leading UTF-8 octet")
        elif octet & 0xC0 != 0x80:
            cursor.fail("found an incorrect trailing UTF-8 octet")
        octets.append(octet)
        cursor.at = match.end()
    cursor.need(1)
    return bytes(octets)


def _width(octet: int) -> int:
    if octet < 0x80:
        return 1
    return 2 if octet & 0xE0 == 0xC0 else 3 if octet & 0xF0 == 0xE0 else 4 if octet & 0xF8 == 0xF0 else 0


def _match(cursor: Cursor, pattern: re.Pattern[str]) -> str:
    cursor.need(1)
    match = pattern.match(cursor.text, cursor.at)
    assert match is not None
    cursor.at = match.end()
    cursor.need(1)
    return match[0]
