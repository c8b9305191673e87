"""`find` and `findAll` (Kubernetes' `pkg/cel/library/regex.go`)."""

from __future__ import annotations

from typing import Final

from kube_oidc.verdict.cel import regex
from kube_oidc.verdict.cel.values import CelError, StringList
from kube_oidc.verdict.golang.regexp import Regexp


def _compiled(pattern: str) -> Regexp:
    problem = regex.error(pattern)
    if problem is not None:
        raise CelError(f"Illegal regex: {problem}")
    return regex.compiled(pattern)


def find(text: str, pattern: str) -> str:
    """The first match, or ""."""
    return _compiled(pattern).find(text)


def find_all(text: str, pattern: str, most: int = -1) -> StringList:
    """The matches; at most `most` unless that is negative."""
    return StringList(_compiled(pattern).find_all(text, most))


FUNCTIONS: Final = {
    "string_find_string": find,
    "string_find_all_string": find_all,
    "string_find_all_string_int": find_all,
}
