"""Reads a set of characters: `[a-z]`, `\\d`, `\\pL` (Go's `regexp/syntax/parse.go`: parseClass and what it calls)."""

from __future__ import annotations

import re
from typing import Final

from kube_oidc.verdict.golang.regexp import classes
from kube_oidc.verdict.golang.regexp.escapes import escaped_character
from kube_oidc.verdict.golang.regexp.syntax import Ranges, RegexpError

_NAMED: Final = re.compile(r"\[:.*?:\]", re.S)
_RANGE: Final = "invalid character class range"

Read = tuple[Ranges, int]


def bracketed(pattern: str, start: int, fold: bool) -> Read:
    """The set that begins with `[` at `start`, and the position after it; raises RegexpError with Go's message."""
    at = start + 1
    negative = pattern.startswith("^", at)
    at += negative
    ranges: list[tuple[int, int]] = []
    first = True
    while first or not pattern.startswith("]", at):
        first = False
        found, at = _item(pattern, at, fold, start)
        ranges += found
    return classes.negated(tuple(ranges)) if negative else classes.merged(ranges), at + 1


def escaped_class(pattern: str, start: int, fold: bool) -> Read | None:
    """The set of `\\d`, `\\pL` or a similar escape at `start` and the position after it, if there is one."""
    letter = pattern[start + 1 : start + 2]
    if pattern[start] != "\\" or not letter:
        return None
    if letter in "dswDSW":
        return classes.perl(letter, fold), start + 2
    return _unicode_class(pattern, start, fold, letter == "P") if letter in "pP" else None


def _unicode_class(pattern: str, start: int, fold: bool, negative: bool) -> Read:
    name = pattern[start + 2 : start + 3]
    if not name:
        raise RegexpError(_RANGE, pattern[start:])
    end = start + 3
    if name == "{":
        end = pattern.find("}", start) + 1
        if not end:
            raise RegexpError(_RANGE, pattern[start:])
        name = pattern[start + 3 : end - 1]
    ranges = classes.unicode_class(name.removeprefix("^"), fold)
    return classes.negated(ranges) if negative != name.startswith("^") else ranges, end


def _item(pattern: str, at: int, fold: bool, start: int) -> Read:
    named = _NAMED.match(pattern, at)
    if named:
        return classes.posix(named[0], fold), named.end()
    if at < len(pattern) and (found := escaped_class(pattern, at, fold)) is not None:
        return found
    before = at
    low, at = _character(pattern, at, start)
    high = low
    following = pattern[at : at + 2]
    if len(following) == 2 and following[0] == "-" and following[1] != "]":
        high, at = _character(pattern, at + 1, start)
        if high < low:
            raise RegexpError(_RANGE, pattern[before:at])
    ranges = ((low, high),)
    return classes.folded(ranges) if fold else ranges, at


def _character(pattern: str, at: int, start: int) -> tuple[int, int]:
    if at >= len(pattern):
        raise RegexpError("missing closing ]", pattern[start:])
    if pattern[at] == "\\":
        character, at = escaped_character(pattern, at)
        return ord(character), at
    return ord(pattern[at]), at + 1
