"""The parts of a regular expression, and its errors."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

Ranges = tuple[tuple[int, int], ...]


class RegexpError(ValueError):
    """Go's text: `error parsing regexp: CODE: `EXPRESSION``."""

    def __init__(self, code: str, expression: str) -> None:
        super().__init__(f"error parsing regexp: {code}: `{expression}`")


class UnsupportedRegexpError(Exception):
    """The pattern may be good, but what it matches cannot be computed here; the text says why."""


class Assertion(Enum):
    """What may hold between two characters."""

    BEGIN_TEXT = "\\A"
    END_TEXT = "\\z"
    BEGIN_LINE = "(?m)^"
    END_LINE = "(?m)$"
    WORD_BOUNDARY = "\\b"
    NO_WORD_BOUNDARY = "\\B"


@dataclass(frozen=True, slots=True)
class Characters:
    """One character of these code points, in order and apart."""

    ranges: Ranges


@dataclass(frozen=True, slots=True)
class Sequence:
    """One after the other; none: the empty text."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """The first that fits."""

    options: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repetition:
    """From `least` to `most` times, without end where that is None; `counted` if written with braces."""

    part: Node
    least: int
    most: int | None
    greedy: bool
    counted: bool


Node = Characters | Assertion | Sequence | Choice | Repetition
