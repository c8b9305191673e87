"""Regular expressions (Kubernetes' `pkg/cel/library/regex.go`), read and matched as Go does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kube_oidc.cel.libraries.values import LibraryError, Unsupported, integer, string
from kube_oidc.golang.regexp import Regexp, RegexpError, UnsupportedRegexpError, compile_regexp


def _compiled(pattern: object) -> Regexp:
    try:
        return compile_regexp(string(pattern))
    except RegexpError as error:
        raise LibraryError(f"Illegal regex: {error}") from None
    except UnsupportedRegexpError as error:
        raise Unsupported(f"a regular expression with {error}") from None


def find(text: object, pattern: object) -> str:
    """The first match, or ""."""
    return _compiled(pattern).find(string(text))


def find_all(text: object, pattern: object, limit: object = -1) -> list[str]:
    """The matches, at most `limit` where that is not negative."""
    return _compiled(pattern).find_all(string(text), integer(limit))


FUNCTIONS: Final[dict[str, Callable[..., object]]] = {"find": find, "findAll": find_all}
