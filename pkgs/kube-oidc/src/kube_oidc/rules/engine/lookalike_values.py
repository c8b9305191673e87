"""Values that pass the same check on a part of a string and that a stranger can register."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

PART: Final = "a part"
"""The operator for checks built from `substring`, `split`, `find` and `indexOf`."""
_CLOSING: Final = tuple("/:@.|,;_- #")


def lookalike_values(operator: str, text: str, usual: str, scheme: str) -> Iterator[str]:
    """Yields values that a stranger can have and that pass the check."""
    match operator:
        case "startsWith" if _is_open(text):
            longer = f"{text}-evil/{usual.removeprefix(text).lstrip('/') or 'x'}", f"{text}-evil"
            yield from longer if scheme or "/" in usual + text else longer[::-1]
        case "endsWith" if not text.startswith(_CLOSING):
            yield f"eve@not-{text}"
            yield f"evil-{text}"
        case "contains":
            yield f"{scheme}evil-{text}-evil"
            yield f"{scheme}evil/{text}"
        case "matches" | "find" | "findAll":
            yield from _pattern_lookalikes(text, usual)
        case _ if operator == PART and _is_open(text) and text in usual:
            yield usual.replace(text, f"{text}-evil", 1)


def _is_open(beginning: str) -> bool:
    """Can a longer name start with it?"""
    return not beginning.endswith(_CLOSING) and len(beginning.split("/")[-1]) > 1


def _pattern_lookalikes(pattern: str, usual: str) -> Iterator[str]:
    """Yields strings that the pattern also matches because it has no anchors, or an unescaped dot."""
    from kube_oidc.rules.engine.patterns import (  # noqa: PLC0415 - most files have none
        alternatives,
        with_bare_dot,
    )

    for each in alternatives(pattern):
        if each.is_open_before:
            yield f"evil/{usual}"
            yield f"evil-{usual}"
            yield f"evil-{each.sample}"
        if each.is_open_behind:
            yield f"{each.sample}-evil"
            yield f"{usual}-evil"
    dotless = with_bare_dot(pattern)
    for each in alternatives(dotless) if dotless else ():
        if "." in each.sample.rpartition("@")[2]:
            yield each.sample if "@" in each.sample[1:] else f"eve{each.sample}"
