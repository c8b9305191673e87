"""Regular expressions as Go's `regexp` reads and matches them, with its error texts (Go 1.26).

Matching follows every alternative at once, in Go's order of preference: the time is linear in the text,
whatever the pattern, and repetitions of what may be empty end as they do in Go.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from kube_oidc.verdict.golang.regexp.machine import Patience, Program, assemble
from kube_oidc.verdict.golang.regexp.parser import parse
from kube_oidc.verdict.golang.regexp.syntax import RegexpError, UnsupportedRegexpError

__all__ = ["Regexp", "RegexpError", "UnsupportedRegexpError", "compile_regexp"]


class Regexp:
    """A compiled pattern; UnsupportedRegexpError from a match that would take too long here."""

    def __init__(self, program: Program) -> None:
        self._program: Final = program

    def matches(self, text: str) -> bool:
        """Whether it matches somewhere (`MatchString`)."""
        return self._program.search(text, 0, Patience()) is not None

    def find(self, text: str) -> str:
        """The leftmost match, or "" (`FindString`)."""
        span = self._program.search(text, 0, Patience())
        return text[slice(*span)] if span else ""

    def find_all(self, text: str, limit: int = -1) -> list[str]:
        """Matches from left to right (`FindAllString`), at most `limit` where that is not negative."""
        found: list[str] = []
        for start, end in self._spans(text):
            if 0 <= limit <= len(found):
                break
            found.append(text[start:end])
        return found

    def _spans(self, text: str) -> Iterator[tuple[int, int]]:
        position, previous_end, patience = 0, -1, Patience()
        while position <= len(text):
            span = self._program.search(text, position, patience)
            if span is None:
                return
            start, end = span
            if end != position or start != previous_end:
                yield span
            position = max(end, position + 1) if end == position else end
            previous_end = end


@lru_cache(maxsize=256)
def compile_regexp(pattern: str) -> Regexp:
    """The pattern compiled; RegexpError as Go words it, UnsupportedRegexpError where this cannot know."""
    return Regexp(assemble(parse(pattern)))
