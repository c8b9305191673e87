"""Parses a pattern (Go's `regexp/syntax/parse.go`, with the flags of `regexp.Compile`)."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field, replace
from typing import Final

from kube_oidc.verdict.golang.regexp import classes
from kube_oidc.verdict.golang.regexp.brackets import bracketed, escaped_class
from kube_oidc.verdict.golang.regexp.escapes import escaped_character
from kube_oidc.verdict.golang.regexp.syntax import (
    Assertion,
    Characters,
    Choice,
    Node,
    RegexpError,
    Repetition,
    Sequence,
)

_COUNT: Final = re.compile(r"\{(0|[1-9][0-9]*)(?:(,)(0|[1-9][0-9]*)?)?\}")
_CAPTURE: Final = re.compile(r"\(\?P?<([^>]*)>")
_MAX_REPETITIONS: Final = 1000
_ASSERTIONS: Final = {
    "A": Assertion.BEGIN_TEXT,
    "b": Assertion.WORD_BOUNDARY,
    "B": Assertion.NO_WORD_BOUNDARY,
    "z": Assertion.END_TEXT,
}


@dataclass(frozen=True, slots=True)
class _Flags:
    fold: bool = False
    multiline: bool = False
    dot_matches_newline: bool = False
    lazy: bool = False


_FLAG_NAMES: Final = {"i": "fold", "m": "multiline", "s": "dot_matches_newline", "U": "lazy"}


@dataclass(slots=True)
class _Group:
    """An open group, and the flags to restore after it."""

    flags: _Flags
    options: list[Node] = field(default_factory=list)
    parts: list[Node] = field(default_factory=list)

    def closed(self) -> Node:
        last = Sequence(tuple(self.parts))
        return Choice((*self.options, last)) if self.options else last


def parse(pattern: str) -> Node:
    """The pattern's parts; raises RegexpError with Go's message."""
    return _Parser(pattern).run()


class _Parser:
    def __init__(self, pattern: str) -> None:
        self._pattern: Final = pattern
        self._position = 0
        self._flags = _Flags()
        self._groups = [_Group(self._flags)]
        self._repeated_at: int | None = None  # where a repetition begins that ends right here

    def run(self) -> Node:
        while self._position < len(self._pattern):
            start = self._position
            repeats = self._step(self._pattern[start])
            self._repeated_at = start if repeats else None
        if len(self._groups) > 1:
            raise RegexpError("missing closing )", self._pattern)
        return self._groups[0].closed()

    def _step(self, character: str) -> bool:
        """Reads one part; returns whether it is a repetition."""
        match character:
            case "*" | "+" | "?":
                self._repeat(int(character == "+"), 1 if character == "?" else None, 1, counted=False)
                return True
            case "{":
                return self._count()
            case "(":
                self._open()
            case "|":
                self._groups[-1].options.append(Sequence(tuple(self._groups[-1].parts)))
                self._groups[-1].parts.clear()
                self._position += 1
            case ")":
                self._close()
            case "[":
                ranges, self._position = bracketed(self._pattern, self._position, self._flags.fold)
                self._push(Characters(ranges))
            case "\\":
                self._escape()
            case _:
                self._push(self._plain(character))
                self._position += 1
        return False

    def _push(self, node: Node) -> None:
        self._groups[-1].parts.append(node)

    def _plain(self, character: str) -> Node:
        flags = self._flags
        match character:
            case "^":
                return Assertion.BEGIN_LINE if flags.multiline else Assertion.BEGIN_TEXT
            case "$":
                return Assertion.END_LINE if flags.multiline else Assertion.END_TEXT
            case ".":
                every = ((0, sys.maxunicode),)
                return Characters(every if flags.dot_matches_newline else classes.negated(((10, 10),)))
        return self._literal(character)

    def _literal(self, character: str) -> Characters:
        ranges = ((ord(character), ord(character)),)
        return Characters(classes.folded(ranges) if self._flags.fold else ranges)

    def _open(self) -> None:
        group = _Group(self._flags)
        if not self._pattern.startswith("(?", self._position):
            self._position += 1
            self._groups.append(group)
        elif re.compile(r"\(\?(P<.|<.)", re.S).match(self._pattern, self._position):
            self._named_capture()
            self._groups.append(group)
        elif self._read_flags():
            self._groups.append(group)

    def _named_capture(self) -> None:
        found = _CAPTURE.match(self._pattern, self._position)
        if not found:
            raise RegexpError("invalid named capture", self._pattern[self._position :])
        if not re.fullmatch("[A-Za-z0-9_]+", found[1]):
            raise RegexpError("invalid named capture", found[0])
        self._position = found.end()

    def _read_flags(self) -> bool:
        """Reads `(?flags)` or `(?flags:`; returns whether it opens a group."""
        start, flags, sign, seen = self._position, self._flags, True, False
        self._position += 2
        while self._position < len(self._pattern):
            character = self._pattern[self._position]
            self._position += 1
            if character in _FLAG_NAMES:
                flags = replace(flags, **{_FLAG_NAMES[character]: sign})
                seen = True
            elif character == "-" and sign:
                sign, seen = False, False
            elif character in ":)" and (sign or seen):
                self._flags = flags
                return character == ":"
            else:
                break
        raise RegexpError("invalid or unsupported Perl syntax", self._pattern[start : self._position])

    def _close(self) -> None:
        if len(self._groups) == 1:
            raise RegexpError("unexpected )", self._pattern)
        group = self._groups.pop()
        self._flags = group.flags
        self._push(group.closed())
        self._position += 1

    def _count(self) -> bool:
        found = _COUNT.match(self._pattern, self._position)
        if not found:
            self._push(self._literal("{"))
            self._position += 1
            return False
        least = int(found[1][:9])
        most = (int(found[3][:9]) if found[3] else None) if found[2] else least
        if least > _MAX_REPETITIONS or (most is not None and (most > _MAX_REPETITIONS or least > most)):
            raise RegexpError("invalid repeat count", found[0])
        self._repeat(least, most, len(found[0]), counted=True)
        return True

    def _repeat(self, least: int, most: int | None, width: int, *, counted: bool) -> None:
        start = self._position
        end = start + width
        greedy = not self._flags.lazy
        if self._pattern.startswith("?", end):
            end, greedy = end + 1, not greedy
        if self._repeated_at is not None:
            raise RegexpError("invalid nested repetition operator", self._pattern[self._repeated_at : end])
        parts = self._groups[-1].parts
        if not parts:
            raise RegexpError("missing argument to repetition operator", self._pattern[start:end])
        parts[-1] = Repetition(parts[-1], least, most, greedy, counted)
        if counted and (least >= 2 or (most or 0) >= 2) and not _is_valid(parts[-1], _MAX_REPETITIONS):
            raise RegexpError("invalid repeat count", self._pattern[start:end])
        self._position = end

    def _escape(self) -> None:
        rest = self._pattern[self._position + 1 :]
        if rest[:1] in _ASSERTIONS and rest:
            self._push(_ASSERTIONS[rest[0]])
            self._position += 2
        elif rest.startswith("C"):
            raise RegexpError("invalid escape sequence", "\\C")
        elif rest.startswith("Q"):
            quoted, _, after = rest[1:].partition("\\E")
            for character in quoted:
                self._push(self._literal(character))
            self._position = len(self._pattern) - len(after)
        elif (found := escaped_class(self._pattern, self._position, self._flags.fold)) is not None:
            ranges, self._position = found
            self._push(Characters(ranges))
        else:
            character, self._position = escaped_character(self._pattern, self._position)
            self._push(self._literal(character))


def _is_valid(node: Node, most: int) -> bool:
    """Whether nested counted repetitions stay below `most` copies."""
    match node:
        case Repetition(part, least, limit, _, counted):
            if counted:
                copies = least if limit is None else limit
                if limit == 0:
                    return True
                if copies > most:
                    return False
                most = most // copies if copies else most
            return _is_valid(part, most)
        case Sequence(parts) | Choice(parts):
            return all(_is_valid(part, most) for part in parts)
    return True
