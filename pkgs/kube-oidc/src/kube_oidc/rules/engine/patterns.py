"""Reads from a regular expression a string that it matches and whether it is anchored."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from kube_oidc.verdict.golang.regexp.parser import parse
from kube_oidc.verdict.golang.regexp.syntax import (
    Assertion,
    Characters,
    Choice,
    Node,
    RegexpError,
    Repetition,
    Sequence,
    UnsupportedRegexpError,
)

_CLOSING: Final = tuple("/:@.|,;_- #")
# Samples for a character class, the most likely first.
_FILLERS: Final = ".a1A-/_"
_WORD: Final = "value"
_BARE_DOT: Final = re.compile(r"(?<=\w)\.(?=\w)")


@dataclass(frozen=True, slots=True)
class Pattern:
    """One alternative of a pattern: a string that matches, and whether text before or after it matches too."""

    sample: str
    is_open_before: bool
    is_open_behind: bool


@lru_cache(maxsize=1024)
def alternatives(pattern: str) -> tuple[Pattern, ...]:
    """Returns the top-level alternatives of the pattern; none if the pattern is not understood."""
    try:
        tree = parse(pattern)
    except (RegexpError, UnsupportedRegexpError):
        return ()
    options = [part for option in _options(tree) for part in _options(option)]
    return tuple(_pattern(list(_flat(option))) for option in options)


def with_bare_dot(pattern: str) -> str | None:
    """Returns the pattern with `x` instead of its first unescaped dot; None if there is none."""
    return _BARE_DOT.sub("x", pattern, count=1) if _BARE_DOT.search(pattern) else None


def _options(node: Node) -> tuple[Node, ...]:
    if isinstance(node, Sequence) and len(node.parts) == 1:
        node = node.parts[0]
    return node.options if isinstance(node, Choice) else (node,)


def _pattern(parts: list[Node]) -> Pattern:
    is_begun = bool(parts) and parts[0] in (Assertion.BEGIN_TEXT, Assertion.BEGIN_LINE)
    is_ended = bool(parts) and parts[-1] in (Assertion.END_TEXT, Assertion.END_LINE)
    visible = [part for part in parts if not isinstance(part, Assertion)]
    first, last = (visible[0], visible[-1]) if visible else (None, None)
    return Pattern(
        "".join(_text(part) for part in parts),
        not is_begun and _is_letter(first),
        not is_ended and _is_letter(last),
    )


def _is_letter(part: Node | None) -> bool:
    """Is it a letter, so that adjacent text makes another name? Wildcards and delimiters are not."""
    if not isinstance(part, Characters) or len(part.ranges) > 2:
        return False
    return all(low == high and chr(low) not in _CLOSING for low, high in part.ranges)


def _flat(node: Node) -> Iterator[Node]:
    if isinstance(node, Sequence):
        for part in node.parts:
            yield from _flat(part)
    else:
        yield node


def _text(node: Node) -> str:
    match node:
        case Characters(ranges=ranges):
            return _character(ranges)
        case Sequence(parts=parts):
            return "".join(_text(part) for part in parts)
        case Choice(options=options):
            return _text(options[0])
        case Repetition(part=part, least=least, most=most):
            return _repeated(part, least, most)
    return ""


def _repeated(part: Node, least: int, most: int | None) -> str:
    if most is not None:
        return _text(part) * max(least, 0)
    if isinstance(part, Characters) and all(_has(part.ranges, letter) for letter in _WORD):
        return _WORD
    return _text(part) * max(least, 1)


def _character(ranges: tuple[tuple[int, int], ...]) -> str:
    if len(ranges) <= 2 and all(low == high for low, high in ranges):
        return chr(ranges[-1][0])
    return next((each for each in _FILLERS if _has(ranges, each)), chr(ranges[0][0]) if ranges else "")


def _has(ranges: tuple[tuple[int, int], ...], letter: str) -> bool:
    return any(low <= ord(letter) <= high for low, high in ranges)
