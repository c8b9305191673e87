"""Errors of one text from two parsers: the engine's syntax errors, and what cel-go finds beside them.

cel-go reports both kinds together, by their place. The engine (`cel-expr-python`) words the other kind its own way.
"""

from __future__ import annotations

import re
from typing import Final

from kube_oidc.cel import literals
from kube_oidc.cel.issues import Issues
from kube_oidc.cel.lexer import ESCAPED_LEXED_SINCE, ESCAPED_NAMES_SINCE, UNSUPPORTED_NAME, token_at, tokens
from kube_oidc.cel.literals import SURROGATES_REFUSED_SINCE

_ERROR: Final = re.compile(r"^ERROR: <input>:(\d+):(\d+): ", re.MULTILINE)
_NO_NAME: Final = re.compile(r"(\w+)\(\) variable name must be a simple identifier")
_NO_NAME_WORDED: Final = {
    **dict.fromkeys(("all", "exists", "exists_one"), "argument must be a simple name"),
    **dict.fromkeys(("map", "filter"), "argument is not an identifier"),
}
_QUOTED: Final = re.compile(r"\AERROR: <input>:\d+:\d+: Invalid (?:string|bytes) literal")

Placed = tuple[int, int, str]


def merged(text: str, expression: str, minor: int, others: Issues) -> str:
    """The engine's `text`, with what is no syntax error in cel-go's words, and with `others`."""
    others = _with_those_behind(expression, minor, others)
    refused = {(line, column) for line, column, block in _blocks(text) if ": Syntax error: " in block}
    known = {
        (line, column): shown for line, column, shown in others.placed() if (line, column) not in refused
    }
    kept = [
        (line, column, shown)
        for line, column, block in _blocks(text)
        if (line, column) not in known
        and (shown := _worded(block, expression, line, column, minor)) is not None
    ]
    every = kept + [(*place, shown) for place, shown in known.items()]
    return "\n".join(shown for _, _, shown in sorted(every, key=lambda error: error[:2]))


def _with_those_behind(expression: str, minor: int, others: Issues) -> Issues:
    """Names in backquotes and numbers without a value are refused behind a mistake too; the engine takes them."""
    names_refused = ESCAPED_LEXED_SINCE <= minor < ESCAPED_NAMES_SINCE
    every = Issues(expression, minor, parsing=True)
    every.errors = list(others.errors)
    before = ""
    for token in tokens(expression, careless=True):
        if token.kind == "ESCAPED" and before == "." and names_refused:
            every.report(token.position, UNSUPPORTED_NAME)
        elif token.kind == "FLOAT":
            try:
                literals.double(token.text)
            except literals.LiteralError as error:
                every.report(token.position, str(error))
        before = token.text
    return every


def _blocks(text: str) -> list[Placed]:
    """Each error with its line of the source, and where it is."""
    starts = list(_ERROR.finditer(text))
    ends = [match.start() - 1 for match in starts[1:]] + [len(text)]
    return [
        (int(match[1]), int(match[2]), text[match.start() : end])
        for match, end in zip(starts, ends, strict=True)
    ]


def _worded(block: str, expression: str, line: int, column: int, minor: int) -> str | None:
    """The error as cel-go words it; None where it has none."""
    if ": Syntax error: " in block:
        return block
    if "() variable name cannot be __result__" in block:
        return None
    match = _NO_NAME.search(block)
    if match is not None:
        return block[: match.start()] + _NO_NAME_WORDED.get(match[1], match[0]) + block[match.end() :]
    block = block.replace(": invalid hex ", ": invalid ", 1)
    if not _QUOTED.search(block):
        return block
    own_words = _literal_error(expression, line, column, minor)
    place, _, snippet = block.partition(": Invalid ")
    return None if own_words is None else f"{place}: {own_words}\n{snippet.partition(chr(10))[2]}"


def _literal_error(expression: str, line: int, column: int, minor: int) -> str | None:
    lines = expression.split("\n")
    token = token_at(expression, sum(len(before) + 1 for before in lines[: line - 1]) + column - 1)
    try:
        if token is not None and token.kind == "STRING":
            literals.string(token.text, lenient=minor < SURROGATES_REFUSED_SINCE)
        elif token is not None and token.kind == "BYTES":
            literals.octets(token.text[1:])
    except literals.LiteralError as error:
        return str(error)
    return None
