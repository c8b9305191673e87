"""Patterns as cel-go takes them: what it says of a bad one, and a matcher whose time is linear in the text."""

from __future__ import annotations

from kube_oidc.verdict.cel.values import Undecided
from kube_oidc.verdict.golang.regexp import Regexp, RegexpError, UnsupportedRegexpError, compile_regexp


def compiled(pattern: str) -> Regexp:
    """The pattern's matcher; RegexpError where Go refuses it, Undecided where we cannot know."""
    try:
        return compile_regexp(pattern)
    except UnsupportedRegexpError as reason:
        raise Undecided(f"a regular expression with {reason}") from None


def error(pattern: str) -> str | None:
    """What Go says of a pattern that it refuses; None of one that it takes."""
    try:
        compiled(pattern)
    except RegexpError as problem:
        return str(problem)
    return None
