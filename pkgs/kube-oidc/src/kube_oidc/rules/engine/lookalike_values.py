"""Values that pass the same question about a part of a text, and that a stranger may have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

PART: Final = "a part"
"""The question that `substring`, `split`, `find` and `indexOf` help to ask."""
_CLOSING: Final = tuple("/:@.|,;_- #")


def lookalike_values(operator: str, text: str, usual: str, scheme: str) -> Iterator[str]:
    """Values that a stranger may have, beside the one that is meant."""
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
            yield from _beside(text, usual)
        case _ if operator == PART and _is_open(text) and text in usual:
            yield usual.replace(text, f"{text}-evil", 1)


def _is_open(beginning: str) -> bool:
    """May a name go on behind it?"""
    return not beginning.endswith(_CLOSING) and len(beginning.split("/")[-1]) > 1


def _beside(pattern: str, usual: str) -> Iterator[str]:
    """Texts that a pattern matches too because it does not say where it begins, ends or has a dot."""
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
