"""Finds which issuers can produce a user or group, without trying every issuer for every name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from kube_oidc.rules.engine.budget import TokenBudget
from kube_oidc.rules.engine.identities import Identities, Reachable
from kube_oidc.rules.engine.issuer import IssuerUnderReview
from kube_oidc.rules.engine.name_template import NameTemplate


class IssuerIndex:
    """All issuers, in the file's order in `each`; results are cached by name."""

    def __init__(self, entries: Iterable[IssuerUnderReview], budget: TokenBudget | None = None) -> None:
        self.budget = budget or TokenBudget()
        self.each = tuple(Identities(entry, self.budget, asks=True) for entry in entries)
        self._known: dict[tuple[str, str, int], Reachable | None] = {}

    def issuers_for(self, kind: str, name: str) -> Iterator[tuple[int, Reachable]]:
        """Yields the positions of the issuers that can produce this `User` or `Group`, each with a token."""
        for position in self._beginnings[kind].issuers(name):
            key = kind, name, position
            if key not in self._known:
                self._known[key] = self.each[position].can_produce(kind, name)
            made = self._known[key]
            if made is not None:
                yield position, made

    @cached_property
    def _beginnings(self) -> dict[str, _Beginnings]:
        return {
            "User": _Beginnings([identities.user_templates for identities in self.each]),
            "Group": _Beginnings([identities.group_templates for identities in self.each]),
        }


class _Beginnings:
    """Issuers by the prefix that all of their names have."""

    def __init__(self, forms: list[tuple[NameTemplate, ...]]) -> None:
        self._issuers: dict[str, list[int]] = {}
        for position, some in enumerate(forms):
            for beginning in {form.beginning for form in some}:
                self._issuers.setdefault(beginning, []).append(position)
        self._lengths = sorted({len(beginning) for beginning in self._issuers})

    def issuers(self, name: str) -> list[int]:
        """Returns the positions of the issuers whose names can have this prefix."""
        found: set[int] = set()
        for length in self._lengths:
            if length <= len(name):
                found.update(self._issuers.get(name[:length], ()))
        return sorted(found)
