"""Tokens, by the lexer rules of cel-go's grammar (`parser/gen/CEL.g4`): the longest match wins."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_ESCAPE = r"\\(?:[abfnrtv\"'\\?`]|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7][0-7])"
_STRING = (
    rf"\"\"\"(?:{_ESCAPE}|[^\\])*?\"\"\""
    rf"|'''(?:{_ESCAPE}|[^\\])*?'''"
    rf"|\"(?:{_ESCAPE}|[^\\\"\n\r])*\""
    rf"|'(?:{_ESCAPE}|[^\\'\n\r])*'"
    r"|[rR]\"\"\"(?s:.)*?\"\"\""
    r"|[rR]'''(?s:.)*?'''"
    r"|[rR]\"[^\"\n\r]*\""
    r"|[rR]'[^'\n\r]*'"
)
_TOKEN: Final = re.compile(
    r"(?P<space>[\t \r\n\f]+|//[^\n]*)"
    rf"|(?P<STRING>{_STRING})"
    rf"|(?P<BYTES>[bB](?:{_STRING}))"
    r"|(?P<IDENT>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<ESCAPED>`[A-Za-z0-9_.\-/ ]+`)"
    r"|(?P<FLOAT>[0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+|\.[0-9]+(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<UINT>0x[0-9a-fA-F]+[uU]|[0-9]+[uU])"
    r"|(?P<INT>0x[0-9a-fA-F]+|[0-9]+)"
    r"|(?P<OP>==|!=|<=|>=|&&|\|\||[<>\[\]{}().,\-!?:+*/%])"
)
_PART: Final = r"\\(?:[xX][0-9a-fA-F]?|u[0-9a-fA-F]{0,3}|U[0-9a-fA-F]{0,7}|[0-3][0-7]?)?"
_BROKEN: Final = re.compile(
    rf"(?:[=&|]|`[A-Za-z0-9_.\-/ ]*|\"(?:{_ESCAPE}|[^\\\"\n\r])*(?:{_PART})?"
    rf"|'(?:{_ESCAPE}|[^\\'\n\r])*(?:{_PART})?)(?s:.)?"
)
ESCAPED_LEXED_SINCE: Final = 33
ESCAPED_NAMES_SINCE: Final = 37
UNSUPPORTED_NAME: Final = "unsupported syntax: '`'"
KEYWORDS: Final = frozenset({"in", "true", "false", "null"})


class Token(NamedTuple):
    """`kind` is the text itself for operators and keywords, else IDENT, INT, STRING, ...; END closes the list."""

    kind: str
    text: str
    position: int


class LexicalError(Exception):
    """A character that begins no token."""


def token_at(source: str, position: int) -> Token | None:
    """The one token that begins there, if any does."""
    match = _TOKEN.match(source, position)
    return None if match is None else Token(match.lastgroup or "", match[0], position)


def tokens(source: str, *, careless: int = 0) -> list[Token]:
    """The tokens of `source`, closed by one of kind END; a careless reader passes over what begins none, as the
    parser of that Kubernetes minor does: up to the character that no token goes on with, and over that."""
    found: list[Token] = []
    position, end, match = 0, len(source), _TOKEN.match
    while position < end:
        token = match(source, position)
        if token is None or (token.lastgroup == "ESCAPED" and 0 < careless < ESCAPED_LEXED_SINCE):
            if not careless:
                raise LexicalError(position)
            broken = None if token is not None else _BROKEN.match(source, position)
            position = broken.end() if broken is not None else position + 1
            continue
        kind, text = token.lastgroup, token[0]
        if kind == "OP" or (kind == "IDENT" and text in KEYWORDS):
            kind = text
        if kind != "space":
            found.append(Token(kind or "", text, position))
        position = token.end()
    found.append(Token("END", "", end))
    return found
