"""Scans characters into tokens exactly like kube-apiserver's YAML library, with its errors and quirks.

Source: `go.yaml.in/yaml/v2` (`scannerc.go`). It is an older libyaml than Python's: in flow style,
`a:,` and `!a,` mean something else and `?` ends a word; `\\/` isn't an escape.
"""

from __future__ import annotations

import re
from typing import Final

from kube_oidc.verdict.document import tokens as t
from kube_oidc.verdict.document.characters import END, Characters
from kube_oidc.verdict.document.cursor import BLANKS, DOCUMENT
from kube_oidc.verdict.document.plain import plain
from kube_oidc.verdict.document.quoted import quoted
from kube_oidc.verdict.document.simple_keys import Key, SimpleKeys
from kube_oidc.verdict.document.tokens import Token

BOM: Final = "\ufeff"
_SPACES: Final = re.compile(" *")
_PLAIN_KEY: Final = re.compile(r"[A-Za-z_][0-9A-Za-z_./-]{0,99}(?=:[ \n])")
_NO_PLAIN: Final = frozenset("-?:,[]{}#&*!|>'\"%@`")


class Scanner(SimpleKeys):
    """`peek` and `take` return the tokens; both raise SyntaxProblem if the text is invalid."""

    def __init__(self, read: Characters) -> None:
        super().__init__(read)
        self._available = False

    def peek(self) -> Token:
        """The next token, without taking it."""
        if not self._available:
            self._fetch_more()
        return self.queue[0]

    def take(self) -> Token:
        """Takes the next token."""
        token = self.peek()
        del self.queue[0]
        self.taken += 1
        self._available = False
        return token

    def _fetch_more(self) -> None:
        while True:
            if self.queue:
                position = self.by_token.get(self.taken)
                if position is None or not self.is_valid(self.keys[position]):
                    break
            self._fetch()
        self._available = True

    def _fetch(self) -> None:
        self._to_next_token()
        if self.indent > self.column:
            self.unroll(self.column)
        if self.problem:
            self.need(4)
        if self.key_allowed and not self.flow and not self.problem and self._plain_key():
            return
        character = self.text[self.at]
        if character == END:
            self._stream_end()
        elif character == "%" and not self.column:
            from kube_oidc.verdict.document.names import directive  # noqa: PLC0415 - hardly a file has one

            self._reset()
            self.add(directive(self))
        elif (mark := self.at_document()) != "":
            self._reset()
            self.indicator(DOCUMENT[mark], 3)
        elif character in "[{":
            self.save_key()
            self.keys.append(Key(False, False, self.next_number(), self.at, self.line, self.column))
            self.flow += 1
            self.key_allowed = True
            self.indicator(character)
        elif character in "]}":
            self._flow_end(character)
        elif character == ",":
            self.remove_key()
            self.key_allowed = True
            self.indicator(t.FLOW_ENTRY)
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
            from kube_oidc.verdict.document.names import anchor, tag  # noqa: PLC0415

            self.save_key()
            self.key_allowed = False
            self.add(tag(self) if character == "!" else anchor(self))
        elif character in "|>" and not self.flow:
            from kube_oidc.verdict.document.block_scalar import block_scalar  # noqa: PLC0415

            self.remove_key()
            self.key_allowed = True
            self.add(block_scalar(self))
        elif character in "'\"":
            self.save_key()
            self.key_allowed = False
            self.add(quoted(self))
        elif (
            (character not in _NO_PLAIN and character not in t.BLANK_OR_END)
            or (character == "-" and after not in t.BLANKS)
            or (not self.flow and character in "?:" and not apart)
        ):
            self.save_key()
            self.key_allowed = False
            self.add(plain(self))
        else:
            self.fail("found character that cannot start any token")

    def _plain_key(self) -> bool:
        """Takes a whole `name:` in block style: a shortcut for most lines, with the same result."""
        match = _PLAIN_KEY.match(self.text, self.at)
        if match is None:
            return False
        self.remove_key()
        column = self.column
        self.roll(column, t.BLOCK_MAPPING_START, self.line)
        self.at = match.end()
        self.queue += (
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
        """Whether the library drops the first character of every line.

        It looks for a byte order mark at the start of its buffer instead of at its position, so a second mark there
        has this effect.
        """
        return not self.column and self.text[self.at] != END

    def _reset(self) -> None:
        self.unroll(-1)
        self.remove_key()
        self.key_allowed = False

    def _stream_end(self) -> None:
        if self.column:
            self.line += 1
            self.line_start = self.at
        self._reset()
        self.queue.append(Token(t.STREAM_END, self.line, self.column))

    def _flow_end(self, character: str) -> None:
        self.remove_key()
        if self.flow:
            self.flow -= 1
            self.by_token.pop(self.keys.pop().token, None)
        self.key_allowed = False
        self.indicator(character)

    def _block_entry(self) -> None:
        if not self.flow:
            if not self.key_allowed:
                self.fail("block sequence entries are not allowed in this context")
            self.roll(self.column, t.BLOCK_SEQUENCE_START, self.line)
        self.remove_key()
        self.key_allowed = True
        self.indicator(t.BLOCK_ENTRY)

    def _explicit_key(self) -> None:
        if not self.flow:
            if not self.key_allowed:
                self.fail("mapping keys are not allowed in this context")
            self.roll(self.column, t.BLOCK_MAPPING_START, self.line)
        self.remove_key()
        self.key_allowed = not self.flow
        self.indicator(t.KEY)

    def _value(self) -> None:
        key = self.keys[-1]
        if self.is_valid(key):
            self.insert(key.token, Token(t.KEY, key.line, key.column))
            self.roll(key.column, t.BLOCK_MAPPING_START, key.line, key.token)
            key.possible = False
            self.by_token.pop(key.token, None)
            self.key_allowed = False
        else:
            if not self.flow:
                if not self.key_allowed:
                    self.fail("mapping values are not allowed in this context")
                self.roll(self.column, t.BLOCK_MAPPING_START, self.line)
            self.key_allowed = not self.flow
        self.indicator(t.VALUE)
