"""Patterns as cel-go accepts them: its error for an invalid one, and a matcher with linear time."""

from __future__ import annotations

from kube_oidc.verdict.golang.regexp import Regexp, RegexpError, UnsupportedRegexpError, compile_regexp
from kube_oidc.verdict.undecidable import Undecidable


def compiled(pattern: str) -> Regexp:
    """The compiled pattern; raises RegexpError if Go rejects it, Undecidable if we can't tell."""
    try:
        return compile_regexp(pattern)
    except UnsupportedRegexpError as reason:
        raise Undecidable(f"a regular expression with {reason}") from None


def error(pattern: str) -> str | None:
    """Go's error for an invalid pattern; None for a valid one."""
    try:
        compiled(pattern)
    except RegexpError as problem:
        return str(problem)
    return None
