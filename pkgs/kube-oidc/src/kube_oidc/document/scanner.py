"""Characters → tokens, as the YAML library inside kube-apiserver has them, with its errors and its oddities.

Source: `go.yaml.in/yaml/v2` (`scannerc.go`). It is an older libyaml than the one that Python has: `a:,` and `!a,`
read differently in flow style, `?` ends a word there, and `\\/` is no escape.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from kube_oidc.document import tokens as t
from kube_oidc.document.characters import END, Characters
from kube_oidc.document.cursor import BLANKS, DOCUMENT, Cursor
from kube_oidc.document.plain import plain
from kube_oidc.document.quoted import quoted
from kube_oidc.document.tokens import Token

BOM: Final = "\ufeff"
_LONGEST_KEY: Final = 1024
_SPACES: Final = re.compile(" *")
_PLAIN_KEY: Final = re.compile(r"[A-Za-z_][0-9A-Za-z_./-]{0,99}(?=:[ \n])")
_NO_PLAIN: Final = frozenset("-?:,[]{}#&*!|>'\"%@`")


@dataclass(slots=True)
class _Key:
    """A place where a key may begin that has no `?` before it."""

    possible: bool
    required: bool
    token: int
    index: int
    line: int
    column: int


class Scanner(Cursor):
    """`peek` and `take` give the tokens; SyntaxProblem where the text has none."""

    def __init__(self, read: Characters) -> None:
        super().__init__(read)
        self._indents: list[int] = []
        self._queue: list[Token] = []
        self._taken = 0
        self._available = False
        self._keys = [_Key(False, False, 0, 0, 0, 0)]
        self._by_token: dict[int, int] = {}

    def peek(self) -> Token:
        """The next token, which stays."""
        if not self._available:
            self._fetch_more()
        return self._queue[0]

    def take(self) -> Token:
        """The next token, which is gone then."""
        token = self.peek()
        del self._queue[0]
        self._taken += 1
        self._available = False
        return token

    def _fetch_more(self) -> None:
        while True:
            if self._queue:
                position = self._by_token.get(self._taken)
                if position is None or not self._is_valid(self._keys[position]):
                    break
            self._fetch()
        self._available = True

    def _fetch(self) -> None:
        self._to_next_token()
        if self.indent > self.column:
            self._unroll(self.column)
        if self.problem:
            self.need(4)
        if self.key_allowed and not self.flow and not self.problem and self._plain_key():
            return
        character = self.text[self.at]
        if character == END:
            self._stream_end()
        elif character == "%" and not self.column:
            from kube_oidc.document.names import directive  # noqa: PLC0415 - hardly a file has one

            self._reset()
            self._add(directive(self))
        elif (mark := self.at_document()) != "":
            self._reset()
            self._indicator(DOCUMENT[mark], 3)
        elif character in "[{":
            self._save_key()
            self._keys.append(_Key(False, False, self._next_number(), self.at, self.line, self.column))
            self.flow += 1
            self.key_allowed = True
            self._indicator(character)
        elif character in "]}":
            self._flow_end(character)
        elif character == ",":
            self._remove_key()
            self.key_allowed = True
            self._indicator(t.FLOW_ENTRY)
        else:
            self._fetch_rest(character)

    def _fetch_rest(self, character: str) -> None:
        after = self.text[self.at + 1]
        apart = after in t.BLANK_OR_END
        if character == "-" and apart:
            self._block_entry()
        elif character == "?" and (self.flow or apart):
            self._explicit_key()
        elif character == ":" and (self.flow or apart):
            self._value()
        elif character in "*&!":
            from kube_oidc.document.names import anchor, tag  # noqa: PLC0415

            self._save_key()
            self.key_allowed = False
            self._add(tag(self) if character == "!" else anchor(self))
        elif character in "|>" and not self.flow:
            from kube_oidc.document.block_scalar import block_scalar  # noqa: PLC0415

            self._remove_key()
            self.key_allowed = True
            self._add(block_scalar(self))
        elif character in "'\"":
            self._save_key()
            self.key_allowed = False
            self._add(quoted(self))
        elif (
            (character not in _NO_PLAIN and character not in t.BLANK_OR_END)
            or (character == "-" and after not in t.BLANKS)
            or (not self.flow and character in "?:" and not apart)
        ):
            self._save_key()
            self.key_allowed = False
            self._add(plain(self))
        else:
            self.fail("found character that cannot start any token")

    def _plain_key(self) -> bool:
        """Takes `name:` in block style at once, as most lines have it: what the other ways come to, and shorter."""
        match = _PLAIN_KEY.match(self.text, self.at)
        if match is None:
            return False
        self._remove_key()
        column = self.column
        self._roll(column, t.BLOCK_MAPPING_START, self.line)
        self.at = match.end()
        self._queue += (
            Token(t.KEY, self.line, column),
            Token(t.SCALAR, self.line, column, match[0], t.PLAIN),
            Token(t.VALUE, self.line, self.column),
        )
        self.at += 1
        self.key_allowed = False
        return True

    def _to_next_token(self) -> None:
        text = self.text
        while True:
            if self.problem:
                self.need(1)
            if text[0] == BOM and self._skips_first():
                self.at += 1
            blanks = BLANKS if self.flow or not self.key_allowed else _SPACES
            self.at = blanks.match(text, self.at).end()  # type: ignore[union-attr]
            self.comment()
            if text[self.at] not in t.BREAKS:
                return
            if self.problem:
                self.need(2)
            self.line_break()
            if not self.flow:
                self.key_allowed = True

    def _skips_first(self) -> bool:
        """The library looks for a byte order mark at the start of its buffer, wherever it stands itself: with a
        second one there, the first character of every line is lost."""
        return not self.column and self.text[self.at] != END

    def _next_number(self) -> int:
        return self._taken + len(self._queue)

    def _add(self, token: Token) -> None:
        self._queue.append(token)

    def _indicator(self, kind: str, length: int = 1) -> None:
        self._queue.append(Token(kind, self.line, self.column))
        self.at += length

    def _insert(self, number: int, token: Token) -> None:
        """Before the token of that number; behind all if that one is gone already."""
        position = number - self._taken
        if position < 0:
            self._queue.append(token)
        else:
            self._queue.insert(position, token)

    def _roll(self, column: int, kind: str, line: int, number: int | None = None) -> None:
        """A block collection begins if this column is beyond the indentation."""
        if self.flow or self.indent >= column:
            return
        self._indents.append(self.indent)
        self.indent = column
        token = Token(kind, line, column)
        if number is None:
            self._queue.append(token)
        else:
            self._insert(number, token)

    def _unroll(self, column: int) -> None:
        if self.flow:
            return
        while self.indent > column:
            self._queue.append(Token(t.BLOCK_END, self.line, self.column))
            self.indent = self._indents.pop()

    def _reset(self) -> None:
        self._unroll(-1)
        self._remove_key()
        self.key_allowed = False

    def _stream_end(self) -> None:
        if self.column:
            self.line += 1
            self.line_start = self.at
        self._reset()
        self._queue.append(Token(t.STREAM_END, self.line, self.column))

    def _is_valid(self, key: _Key) -> bool:
        if not key.possible:
            return False
        if key.line < self.line or key.index + _LONGEST_KEY < self.at:
            if key.required:
                self.fail("could not find expected ':'")
            key.possible = False
            return False
        return True

    def _save_key(self) -> None:
        required = not self.flow and self.indent == self.column
        if not self.key_allowed:
            return
        self._remove_key()
        number = self._next_number()
        self._keys[-1] = _Key(True, required, number, self.at, self.line, self.column)
        self._by_token[number] = len(self._keys) - 1

    def _remove_key(self) -> None:
        key = self._keys[-1]
        if key.possible:
            if key.required:
                self.fail("could not find expected ':'")
            key.possible = False
            self._by_token.pop(key.token, None)

    def _flow_end(self, character: str) -> None:
        self._remove_key()
        if self.flow:
            self.flow -= 1
            self._by_token.pop(self._keys.pop().token, None)
        self.key_allowed = False
        self._indicator(character)

    def _block_entry(self) -> None:
        if not self.flow:
            if not self.key_allowed:
                self.fail("block sequence entries are not allowed in this context")
            self._roll(self.column, t.BLOCK_SEQUENCE_START, self.line)
        self._remove_key()
        self.key_allowed = True
        self._indicator(t.BLOCK_ENTRY)

    def _explicit_key(self) -> None:
        if not self.flow:
            if not self.key_allowed:
                self.fail("mapping keys are not allowed in this context")
            self._roll(self.column, t.BLOCK_MAPPING_START, self.line)
        self._remove_key()
        self.key_allowed = not self.flow
        self._indicator(t.KEY)

    def _value(self) -> None:
        key = self._keys[-1]
        if self._is_valid(key):
            self._insert(key.token, Token(t.KEY, key.line, key.column))
            self._roll(key.column, t.BLOCK_MAPPING_START, key.line, key.token)
            key.possible = False
            self._by_token.pop(key.token, None)
            self.key_allowed = False
        else:
            if not self.flow:
                if not self.key_allowed:
                    self.fail("mapping values are not allowed in this context")
                self._roll(self.column, t.BLOCK_MAPPING_START, self.line)
            self.key_allowed = not self.flow
        self._indicator(t.VALUE)
