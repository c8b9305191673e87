"""Splits an expression into tokens by cel-go's lexer rules (`parser/gen/CEL.g4`): the longest match wins."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from kube_oidc.verdict.versions import Difference, KubernetesVersion

ESCAPE: Final = r"\\(?:[abfnrtv\"'\\?`]|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7][0-7])"
_STRING = (
    rf"\"\"\"(?:{ESCAPE}|[^\\])*?\"\"\""
    rf"|'''(?:{ESCAPE}|[^\\])*?'''"
    rf"|\"(?:{ESCAPE}|[^\\\"\n\r])*\""
    rf"|'(?:{ESCAPE}|[^\\'\n\r])*'"
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
    rf"(?:[=&|]|`[A-Za-z0-9_.\-/ ]*|\"(?:{ESCAPE}|[^\\\"\n\r])*(?:{_PART})?"
    rf"|'(?:{ESCAPE}|[^\\'\n\r])*(?:{_PART})?)(?s:.)?"
)
UNSUPPORTED_NAME: Final = "unsupported syntax: '`'"
KEYWORDS: Final = frozenset({"in", "true", "false", "null"})


class Token(NamedTuple):
    """`kind` is the text itself for operators and keywords, else IDENT, INT, STRING, ..., END or UNKNOWN."""

    kind: str
    text: str
    position: int


def scan(source: str, version: KubernetesVersion) -> tuple[list[Token], list[Token]]:
    """The tokens of `source`, the last of kind END, and the texts that this version doesn't recognize.

    Like cel-go's lexer, this skips an unrecognized text up to and including the first character that no token
    could continue with.
    """
    found: list[Token] = []
    unrecognized: list[Token] = []
    position, end, match = 0, len(source), _TOKEN.match
    backquotes = version.has(Difference.BACKQUOTED_NAMES_LEXED)
    while position < end:
        token = match(source, position)
        if token is None or (token.lastgroup == "ESCAPED" and not backquotes):
            broken = None if token is not None else _BROKEN.match(source, position)
            after = broken.end() if broken is not None else position + 1
            unrecognized.append(Token("UNKNOWN", source[position:after], position))
            position = after
            continue
        kind, text = token.lastgroup, token[0]
        if kind == "OP" or (kind == "IDENT" and text in KEYWORDS):
            kind = text
        if kind != "space":
            found.append(Token(kind or "", text, position))
        position = token.end()
    found.append(Token("END", "", end))
    return found, unrecognized
