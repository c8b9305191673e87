"""Errors of one text from two parsers: the engine's syntax errors, and what cel-go finds beside them.

cel-go reports both kinds together, by their place. The engine (`cel-expr-python`) words the other kind its own way.
"""

from __future__ import annotations

import re
from typing import Final

from kube_oidc.verdict.cel import literals
from kube_oidc.verdict.cel.issues import Issues
from kube_oidc.verdict.cel.lexer import (
    ESCAPED_LEXED_SINCE,
    ESCAPED_NAMES_SINCE,
    UNSUPPORTED_NAME,
    token_at,
    tokens,
)
from kube_oidc.verdict.cel.literals import SURROGATES_REFUSED_SINCE

_ERROR: Final = re.compile(r"^ERROR: <input>:(\d+):(\d+): ", re.MULTILINE)
_NO_NAME: Final = re.compile(r"(\w+)\(\) (first |second |)variable name must be a simple identifier")
_SAME_NAME: Final = re.compile(r"\w+\(\) second variable must be different from the first variable")
_BEHIND_THE_END: Final = re.compile(
    r"Syntax error: (?:extraneous|mismatched) input .* expecting <EOF>$", re.MULTILINE
)
_NO_NAME_WORDED: Final = {
    **dict.fromkeys(("all", "exists", "exists_one"), "argument must be a simple name"),
    **dict.fromkeys(("map", "filter"), "argument is not an identifier"),
}
_TWO_WORDED: Final = "argument must be a simple name"
_CONSTANT: Final = ": invalid constant literal expression"
_QUOTED: Final = re.compile(r"\AERROR: <input>:\d+:\d+: Invalid (?:string|bytes) literal")

Placed = tuple[int, int, str]


def merged(text: str, expression: str, minor: int, others: Issues) -> str:
    """The engine's `text`, with what is no syntax error in cel-go's words, and with `others`."""
    ends = [
        offset(expression, line, column)
        for line, column, block in _blocks(text)
        if _BEHIND_THE_END.search(block)
    ]
    others = _with_those_behind(expression, minor, others, min(ends, default=len(expression)))
    for line, column, block in _blocks(text):
        if _SAME_NAME.search(block):
            _report_twice(others, minor, offset(expression, line, column))
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
    return "\n".join(shown for _, _, shown in sorted(every, key=_order))


def offset(expression: str, line: int, column: int) -> int:
    """Where in the text this line and column are."""
    return sum(len(before) + 1 for before in expression.split("\n")[: line - 1]) + column - 1


def _report_twice(others: Issues, minor: int, first: int) -> None:
    """A macro's two variables have one name: the engine has the place of the first, cel-go that of the second."""
    name, _, second, *_ = tokens(others.source[first:], careless=minor)
    if second.text == name.text:
        others.report(first + second.position, f"duplicate variable name: {name.text}")


def _order(error: Placed) -> tuple[int, int, bool]:
    """By place, and syntax errors first: they are found first."""
    line, column, shown = error
    return line, column, ": Syntax error: " not in shown.partition("\n")[0]


def _with_those_behind(expression: str, minor: int, others: Issues, end: int) -> Issues:
    """Names in backquotes and numbers without a value are refused behind a mistake too, up to the `end` of what cel-go
    looks at; the engine takes them."""
    names_refused = ESCAPED_LEXED_SINCE <= minor < ESCAPED_NAMES_SINCE
    every = Issues(expression, minor, parsing=True)
    every.errors = list(others.errors)
    before = ""
    for token in tokens(expression, careless=minor):
        if token.position >= end:
            break
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
    if "variable name cannot be __result__" in block:
        return None
    match = _NO_NAME.search(block)
    if match is not None:
        worded = _TWO_WORDED if match[2] else _NO_NAME_WORDED.get(match[1], match[0])
        return block[: match.start()] + worded + block[match.end() :]
    if _SAME_NAME.search(block):
        return None
    if _CONSTANT in block:
        return None
    block = block.replace(": invalid hex ", ": invalid ", 1)
    if not _QUOTED.search(block):
        return block
    own_words = _literal_error(expression, line, column, minor)
    place, _, snippet = block.partition(": Invalid ")
    return None if own_words is None else f"{place}: {own_words}\n{snippet.partition(chr(10))[2]}"


def _literal_error(expression: str, line: int, column: int, minor: int) -> str | None:
    token = token_at(expression, offset(expression, line, column))
    try:
        if token is not None and token.kind == "STRING":
            literals.string(token.text, lenient=minor < SURROGATES_REFUSED_SINCE)
        elif token is not None and token.kind == "BYTES":
            literals.octets(token.text[1:])
    except literals.LiteralError as error:
        return str(error)
    return None
