"""Finds the name that a misspelt subject probably means: one character away from what an issuer produces."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.rules.engine.grants import Grants
from kube_oidc.rules.engine.identities import Identities
from kube_oidc.rules.engine.issuer import IssuerUnderReview
from kube_oidc.rules.engine.name_template import NameTemplate
from kube_oidc.rules.engine.tokens import literals

_MIN_WORD_LENGTH: Final = 3  # characters; shorter words are similar to everything
_MAX_NAMES_TRIED: Final = 64


def closest_known_subject(grants: Grants, kind: str, name: str) -> str | None:
    """Returns a name that an issuer produces and that differs only in one character, in case or in spaces."""
    key = (kind, name)
    if key not in grants.closest_known:
        grants.closest_known[key] = _closest(grants, kind, name)
    return grants.closest_known[key]


def _closest(grants: Grants, kind: str, name: str) -> str | None:
    for identities in grants.identities:
        for tried, other in enumerate(_near(identities, kind, name)):
            if tried >= _MAX_NAMES_TRIED:
                break
            if other != name and identities.can_produce(kind, other) is not None:
                return other
    return None


def _near(identities: Identities, kind: str, name: str) -> Iterator[str]:
    if name.strip() != name:
        yield name.strip()
    words = _words(
        identities.entry, identities.user_templates if kind == "User" else identities.group_templates
    )
    for word in words:
        if word.casefold() in name.casefold() and word not in name:
            start = name.casefold().index(word.casefold())
            yield name[:start] + word + name[start + len(word) :]
    for word in words:
        yield from _with(word, name)


def _with(word: str, name: str) -> Iterator[str]:
    """Yields the name with text that is one character away from the word replaced by the word."""
    for start in sorted(_starts(word, name)):
        for size in (len(word), len(word) - 1, len(word) + 1):
            text = name[start : start + size]
            if len(text) == size and is_one_off(text, word):
                yield name[:start] + word + name[start + size :]


def _starts(word: str, name: str) -> set[int]:
    """Returns where the word may start: a single error leaves one of its three parts unchanged."""
    third = len(word) // 3
    starts = set()
    for offset, part in ((0, word[:third]), (third, word[third : 2 * third]), (2 * third, word[2 * third :])):
        found = name.find(part)
        while found >= 0:
            starts |= {found - offset + slip for slip in (-1, 0, 1)}
            found = name.find(part, found + 1)
    return {start for start in starts if 0 <= start < len(name)}


def _words(entry: IssuerUnderReview, forms: tuple[NameTemplate, ...]) -> tuple[str, ...]:
    """Returns the text that names of the issuer contain, from its templates, subjects and rules."""
    words = [part for form in forms for part in form.parts if isinstance(part, str)]
    for subject in entry.provider.facts.get("subjects", []):
        words += [piece.rpartition("}")[2] for piece in subject["template"].split("{")]
    words += [rule.required_value for rule in entry.model.claim_validation_rules]
    words += literals(entry)
    words += ["refs/heads/", "refs/tags/"] if entry.provider.is_ci else []
    return tuple(dict.fromkeys(word for word in words if len(word) >= _MIN_WORD_LENGTH))


def is_one_off(text: str, word: str) -> bool:
    """Do the two differ by one inserted, removed, changed or swapped character?"""
    if text == word or abs(len(text) - len(word)) > 1:
        return False
    start = next(
        (i for i, (a, b) in enumerate(zip(text, word, strict=False)) if a != b), min(len(text), len(word))
    )
    if len(text) == len(word):
        swapped = text[start + 1 : start + 2] + text[start : start + 1] == word[start : start + 2]
        return text[start + 1 :] == word[start + 1 :] or (swapped and text[start + 2 :] == word[start + 2 :])
    longer, shorter = (text, word) if len(text) > len(word) else (word, text)
    return longer[start + 1 :] == shorter[start:]
