"""The queue of tokens, and the places among them where a simple key (one without `?`) may begin.

Source: `go.yaml.in/yaml/v2` (`scannerc.go`: simple keys, `yaml_parser_roll_indent`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kube_oidc.verdict.document import tokens as t
from kube_oidc.verdict.document.characters import Characters
from kube_oidc.verdict.document.cursor import Cursor
from kube_oidc.verdict.document.tokens import Token

_MAX_KEY_CHARACTERS: Final = 1024


@dataclass(slots=True)
class Key:
    """A place where a simple key may begin."""

    possible: bool
    required: bool
    token: int
    index: int
    line: int
    column: int


class SimpleKeys(Cursor):
    """`keys` has one candidate per open bracket; `by_token` finds it by the number of its token."""

    def __init__(self, read: Characters) -> None:
        super().__init__(read)
        self._indents: list[int] = []
        self.queue: list[Token] = []
        self.taken = 0
        self.keys = [Key(False, False, 0, 0, 0, 0)]
        self.by_token: dict[int, int] = {}

    def next_number(self) -> int:
        """The number that the next token will have."""
        return self.taken + len(self.queue)

    def add(self, token: Token) -> None:
        """Appends a token."""
        self.queue.append(token)

    def indicator(self, kind: str, length: int = 1) -> None:
        """Appends a token that consists of these characters, and skips them."""
        self.queue.append(Token(kind, self.line, self.column))
        self.at += length

    def insert(self, number: int, token: Token) -> None:
        """Inserts a token before the one of that number, or at the end if that one has been taken."""
        position = number - self.taken
        if position < 0:
            self.queue.append(token)
        else:
            self.queue.insert(position, token)

    def roll(self, column: int, kind: str, line: int, number: int | None = None) -> None:
        """Opens a block collection if this column is further in than the indentation."""
        if self.flow or self.indent >= column:
            return
        self._indents.append(self.indent)
        self.indent = column
        token = Token(kind, line, column)
        if number is None:
            self.queue.append(token)
        else:
            self.insert(number, token)

    def unroll(self, column: int) -> None:
        """Closes the block collections that are further in than this column."""
        if self.flow:
            return
        while self.indent > column:
            self.queue.append(Token(t.BLOCK_END, self.line, self.column))
            self.indent = self._indents.pop()

    def is_valid(self, key: Key) -> bool:
        """Whether the key can still begin there: on the same line, and at most 1024 characters back."""
        if not key.possible:
            return False
        if key.line < self.line or key.index + _MAX_KEY_CHARACTERS < self.at:
            if key.required:
                self.fail("could not find expected ':'")
            key.possible = False
            return False
        return True

    def save_key(self) -> None:
        """Notes that a simple key may begin here."""
        required = not self.flow and self.indent == self.column
        if not self.key_allowed:
            return
        self.remove_key()
        number = self.next_number()
        self.keys[-1] = Key(True, required, number, self.at, self.line, self.column)
        self.by_token[number] = len(self.keys) - 1

    def remove_key(self) -> None:
        """Drops the current candidate; raises SyntaxProblem if a key was required there."""
        key = self.keys[-1]
        if key.possible:
            if key.required:
                self.fail("could not find expected ':'")
            key.possible = False
            self.by_token.pop(key.token, None)
