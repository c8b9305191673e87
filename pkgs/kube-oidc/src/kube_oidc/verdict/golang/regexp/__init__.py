"""Regular expressions, parsed and matched like Go's `regexp`, with its errors (Go 1.26).

Matching follows all alternatives at once, in Go's order of preference: time is linear in the text for every pattern,
and repetitions that match the empty text end as in Go.
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
    """A compiled pattern; its methods raise UnsupportedRegexpError if matching takes too long."""

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
        """The matches from left to right (`FindAllString`), at most `limit` unless it is negative."""
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
    """Compiles a pattern; raises RegexpError with Go's message, UnsupportedRegexpError if we can't decide."""
    return Regexp(assemble(parse(pattern)))
