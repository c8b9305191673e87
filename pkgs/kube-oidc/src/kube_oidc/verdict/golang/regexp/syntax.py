"""The parts of a regular expression, and its errors."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

Ranges = tuple[tuple[int, int], ...]


class RegexpError(ValueError):
    """The pattern is invalid; the message is Go's: `error parsing regexp: CODE: `EXPRESSION``."""

    def __init__(self, code: str, expression: str) -> None:
        super().__init__(f"error parsing regexp: {code}: `{expression}`")


class UnsupportedRegexpError(Exception):
    """We can't compute what the pattern matches; the message says why."""


class Assertion(Enum):
    """A condition between two characters."""

    BEGIN_TEXT = "\\A"
    END_TEXT = "\\z"
    BEGIN_LINE = "(?m)^"
    END_LINE = "(?m)$"
    WORD_BOUNDARY = "\\b"
    NO_WORD_BOUNDARY = "\\B"


@dataclass(frozen=True, slots=True)
class Characters:
    """One character in these ranges of code points, which are sorted and disjoint."""

    ranges: Ranges


@dataclass(frozen=True, slots=True)
class Sequence:
    """Parts in order; without parts, the empty text."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """The first alternative that matches."""

    options: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repetition:
    """From `least` to `most` times, unlimited if that is None; `counted` if written with braces."""

    part: Node
    least: int
    most: int | None
    greedy: bool
    counted: bool


Node = Characters | Assertion | Sequence | Choice | Repetition
