"""The scanner's position in the text, and what it skips."""

from __future__ import annotations

import re
from typing import Final, NoReturn

from kube_oidc.verdict.document import tokens as t
from kube_oidc.verdict.document.characters import BROKEN, Characters
from kube_oidc.verdict.document.node import SyntaxProblem

BLANKS: Final = re.compile("[ \t]*")
DOCUMENT: Final = {"---": t.DOCUMENT_START, "...": t.DOCUMENT_END}
_COMMENT: Final = re.compile(f"[^{t.STOPS}]*")


class Cursor:
    """`flow` counts the open brackets; `indent` is the block's column, -1 outside of blocks; lines count from 0."""

    def __init__(self, read: Characters) -> None:
        self.text = read.text
        self.problem = read.problem
        self.at = 0
        self.line = 0
        self.line_start = 0
        self.flow = 0
        self.indent = -1
        self.key_allowed = True
        self.comments: list[tuple[int, int, str]] = []  # line, column, text

    @property
    def column(self) -> int:
        """The column of the next character, from 0."""
        return self.at - self.line_start

    def fail(self, message: str) -> NoReturn:
        """Raises SyntaxProblem at this position."""
        t.fail(message, self.line, self.column, scanning=True)

    def need(self, count: int) -> None:
        """Raises SyntaxProblem if one of the next characters can't be decoded."""
        if self.problem and BROKEN in self.text[self.at : self.at + count]:
            raise SyntaxProblem(f"yaml: {self.problem}")

    def line_break(self) -> str:
        """Skips a line break; returns it as a scalar keeps it."""
        character = self.text[self.at]
        self.at += 2 if character == "\r" and self.text[self.at + 1] == "\n" else 1
        self.line += 1
        self.line_start = self.at
        return character if character in "\u2028\u2029" else "\n"

    def comment(self) -> None:
        """Skips a comment, if there is one."""
        if self.problem:
            self.need(1)
        if self.text[self.at] == "#":
            start, column = self.at, self.column
            self.at = _COMMENT.match(self.text, start).end()  # type: ignore[union-attr]
            self.comments.append((self.line, column, self.text[start : self.at]))
            self.need(1)

    def blanks(self) -> None:
        """Skips spaces and tabs."""
        self.at = BLANKS.match(self.text, self.at).end()  # type: ignore[union-attr]
        self.need(1)

    def at_document(self) -> str:
        """`---` or `...` if this line begins with one as a document marker, otherwise an empty string."""
        if self.at != self.line_start:
            return ""
        mark = self.text[self.at : self.at + 3]
        return mark if mark in DOCUMENT and self.text[self.at + 3] in t.BLANK_OR_END else ""
