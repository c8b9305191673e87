"""Templates of the names that a mapping produces: constant text and placeholders for claims."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Final

from kube_oidc.rules.engine.facts import Place
from kube_oidc.rules.engine.issuer import IssuerUnderReview

MAX_NAME: Final = 2_000  # characters; longer names are not matched
MAX_TEMPLATES: Final = 16  # of one mapping
_VARIABLE: Final = re.compile(r"\{(\w+)\}")
_ADDRESS: Final = r"[^@\s]+@[^@\s]+"
# Patterns of a subject's variables, so that each name matches in only one way.
_LETTERS: Final = {
    "repository": "[^:@]+",
    "owner": "[^:/@]+",
    "name": "[^:/@]+",
    "ownerId": "[0-9]+",
    "repositoryId": "[0-9]+",
    # git-check-ref-format(1)
    "ref": r"refs/(?:heads|tags|pull|merge-requests)/[^\s~^:?*\[\\]+",
    "refName": r"[^\s~^:?*\[\\]+",
    "refType": "[a-z]+",
    "environment": "[^:]+",
}


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A part that a claim fills; `place` is None if it is not known which claim. `name` is for messages."""

    name: str
    place: Place | None = None
    letters: str = ".+?"


@dataclass(frozen=True, slots=True)
class NameTemplate:
    """A sequence of text and placeholders."""

    parts: tuple[str | Placeholder, ...]

    def __str__(self) -> str:
        """Returns `forgejo:<sub>`, for messages."""
        return "".join(part if isinstance(part, str) else f"<{part.name}>" for part in self.parts)

    @property
    def is_known(self) -> bool:
        """Is the claim of every placeholder known?"""
        return all(isinstance(part, str) or part.place is not None for part in self.parts)

    @property
    def beginning(self) -> str:
        """Returns the prefix that every name of this template has."""
        return self.parts[0] if self.parts and isinstance(self.parts[0], str) else ""

    def match_name(self, name: str) -> dict[str, str] | None:
        """Returns the values of the placeholders by name; None if the name doesn't match."""
        if len(name) > MAX_NAME:
            return None
        found = _regex(self).fullmatch(name)
        if found is None:
            return None
        holes = (part for part in self.parts if isinstance(part, Placeholder))
        filled: dict[str, str] = {}
        for placeholder, text in zip(holes, found.groups(), strict=True):
            if filled.setdefault(placeholder.name, text) != text:
                return None
        return filled

    def filled(self, values: Mapping[str, tuple[str, ...]]) -> Iterator[NameTemplate]:
        """Yields the template filled with every combination of these values; unchanged if there are too many."""
        names = [part.name for part in self.parts if isinstance(part, Placeholder) and part.name in values]
        names = list(dict.fromkeys(names))
        count = 1
        for name in names:
            count *= len(values[name])
        if count > MAX_TEMPLATES:
            yield self
            return
        for chosen in product(*(values[name] for name in names)):
            known = dict(zip(names, chosen, strict=True))
            yield join_parts(
                known.get(part.name, part) if isinstance(part, Placeholder) else part for part in self.parts
            )


@lru_cache(maxsize=256)
def template(text: str) -> NameTemplate:
    """Parses a provider's subject template, `repo:{repository}:ref:{ref}`."""
    parts: list[str | Placeholder] = []
    for position, part in enumerate(_VARIABLE.split(text)):
        parts.append(Placeholder(part, (), _LETTERS.get(part, ".+")) if position % 2 else part)
    return join_parts(parts)


@lru_cache(maxsize=1024)
def _regex(form: NameTemplate) -> re.Pattern[str]:
    parts = (re.escape(part) if isinstance(part, str) else f"({part.letters})" for part in form.parts)
    return re.compile("".join(parts), re.DOTALL)


def placeholder(where: Place) -> Placeholder:
    """Returns the placeholder for a claim."""
    return Placeholder(".".join(where), where, _ADDRESS if where == ("email",) else ".+?")


def join_parts(parts: Iterable[str | Placeholder]) -> NameTemplate:
    """Returns the template of these parts; adjacent texts are joined."""
    found: list[str | Placeholder] = []
    for part in parts:
        if isinstance(part, str) and found and isinstance(found[-1], str):
            found[-1] += part
        elif part:
            found.append(part)
    return NameTemplate(tuple(found))


def templates_of(entry: IssuerUnderReview, mapping: str) -> tuple[NameTemplate, ...]:
    """Returns the templates of the names that `username` or `groups` produces; parts that are not understood
    are placeholders without a place."""
    model = getattr(entry.model.claim_mappings, mapping)
    if model.claim:
        return (join_parts((model.prefix or "", placeholder((model.claim,)))),)
    read = entry.mappings.get(mapping)
    if read is None:
        return ()
    from kube_oidc.rules.engine.expression_templates import (  # noqa: PLC0415 - most files have no expression
        parts_of,
    )

    return tuple(form for parts in parts_of(read.facts.tree) if (form := join_parts(parts)).parts)
