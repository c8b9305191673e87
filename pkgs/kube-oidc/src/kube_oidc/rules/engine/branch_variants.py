"""Variants of a token that take the other branch of `||`, `? :` and `!` in a rule, which may check less."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from kube_oidc.rules.engine.facts import Place
from kube_oidc.rules.engine.issuer import Claims, IssuerUnderReview
from kube_oidc.rules.engine.tokens import put

_CHOICES: Final = frozenset({"_||_", "_?_:_", "!_", "_!=_"})
_WHOSE: Final = ("owners", "ownerIds", "repositories", "repositoryIds", "names")
_MAX_VARIANTS: Final = 16
_REF: Final = "refs/"


def branch_variants(entry: IssuerUnderReview, claims: Claims) -> Iterator[Claims]:
    """Yields the claims unchanged, and with each claim in such a rule set to the rule's value or to another."""
    yield claims
    for where, value in islice(dict.fromkeys(_values(entry)), _MAX_VARIANTS):
        yield put(claims, where, value)


def _values(entry: IssuerUnderReview) -> Iterator[tuple[Place, str]]:
    from kube_oidc.rules.engine.expressions import walk  # noqa: PLC0415
    from kube_oidc.verdict.cel.syntax import Call  # noqa: PLC0415 - most files have no expression

    whose = {("sub",), *((entry.provider.trust[what],) for what in _WHOSE if what in entry.provider.trust)}
    for read in entry.rules:
        if not any(isinstance(node, Call) and node.function in _CHOICES for node in walk(read.facts.tree)):
            continue
        for comparison in read.facts.comparisons:
            if isinstance(comparison.value, str) and comparison.place not in whose:
                yield comparison.place, comparison.value
                yield comparison.place, f"{_REF}heads/other" if comparison.value.startswith(_REF) else "other"
