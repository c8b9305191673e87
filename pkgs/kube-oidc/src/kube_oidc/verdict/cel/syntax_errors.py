"""Describes the first syntax error of an expression: what was found, what the grammar expects there, and a fix.

The position is the API server's (a test compares them); the wording is ours, because cel-go's lists every token that
ANTLR would accept. Only the first syntax error is described: those that ANTLR reports after it depend on how it
recovers, and most disappear once the first is fixed.
"""

from __future__ import annotations

from typing import Final

from kube_oidc.verdict.cel.lexer import scan
from kube_oidc.verdict.cel.primaries import ExpressionSyntaxError
from kube_oidc.verdict.cel.syntax_advice import SyntaxMistake, advice, bad_escape
from kube_oidc.verdict.versions import KubernetesVersion

_MAX_SHOWN: Final = 40  # characters of a token


def describe(source: str, version: KubernetesVersion, error: ExpressionSyntaxError) -> tuple[str, str | None]:
    """The message (`Syntax error: found '=', expected an operator`) and, for a known mistake, how to fix it."""
    found, unrecognized = scan(source, version)
    before = [token for token in found if token.position < error.position]
    rest = sorted(
        (token for token in found + unrecognized if token.position >= error.position),
        key=lambda t: t.position,
    )
    mistake = SyntaxMistake(source, before, rest[0], rest[1:])
    return f"Syntax error: {_found(mistake)}{_expected(mistake, error.expected)}", advice(mistake)


def _found(mistake: SyntaxMistake) -> str:
    token = mistake.found
    if token.kind == "END":
        return "found the end of the expression"
    if token.kind in ("STRING", "BYTES"):
        return f"found the string {_shown(token.text)}"
    if token.kind != "UNKNOWN":
        return f"found {_quoted(token.text)}"
    if token.text[0] not in "\"'":
        return f"found {_quoted(token.text[0])}"
    escape = bad_escape(mistake.source, token.position)
    return (
        f"invalid escape {_quoted(escape)} in a string"
        if escape
        else "found a string without a closing quote"
    )


def _expected(mistake: SyntaxMistake, expected: str) -> str:
    if expected:
        return f", expected {expected}"
    if mistake.found.text[0] in "\"'":
        return ""
    return ", expected an operator" if mistake.follows_value() else ", expected a value"


def _quoted(text: str) -> str:
    return f"'{_shown(text)}'" if text.isprintable() else "a control character"


def _shown(text: str) -> str:
    line = text.partition("\n")[0]
    return line if line == text and len(line) <= _MAX_SHOWN else line[:_MAX_SHOWN] + "…"
