"""The comments of a YAML text, which are never inside a scalar."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from kube_oidc.diagnostics import Location
from kube_oidc.verdict.document import tokens as t
from kube_oidc.verdict.document.characters import characters
from kube_oidc.verdict.document.node import SyntaxProblem
from kube_oidc.verdict.document.scanner import Scanner


class Comment(NamedTuple):
    """A comment from its `#` to the end of the line."""

    location: Location
    text: str


def comments(data: bytes) -> Iterator[Comment]:
    """Yields the comments of all documents; of an invalid text those before the error."""
    scanner = Scanner(characters(data))
    with suppress(SyntaxProblem):
        while scanner.take().kind != t.STREAM_END:
            pass
    for line, column, text in scanner.comments:
        yield Comment(Location(line + 1, column + 1), text)
