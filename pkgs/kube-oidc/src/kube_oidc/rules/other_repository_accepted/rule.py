"""Another repository's job is accepted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.rules.engine.ask import shown
from kube_oidc.rules.engine.attacker import another_repository
from kube_oidc.rules.engine.becomes import becomes
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.finding import Confidence, Finding, Remedy, RuleMetadata
from kube_oidc.rules.engine.issuer import IssuerUnderReview

RULE: Final = RuleMetadata(
    id="other-repository-accepted",
    title="Another repository's job is accepted",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    source="https://kubernetes.io/docs/reference/using-api/cel/",
    asks=True,
)
_COVERED: Final = frozenset(
    {"shared-issuer-unpinned", "other-owner-accepted", "unanchored-match", "every-token-refused"}
)
_REMEDY: Final = Remedy("require the repository in every alternative: && binds tighter than ||")
_EQUAL: Final = frozenset({"_==_", "@in"})


def check(config: ConfigUnderReview) -> Iterator[Finding]:
    """Reports CI issuers whose rules name a repository and accept another one."""
    for entry in config.entries:
        if entry.provider.is_ci and not _COVERED & entry.reported and _names_one(entry):
            yield from _entry(entry)


def _entry(entry: IssuerUnderReview) -> Iterator[Finding]:
    claims = shown(entry, another_repository(entry))
    if claims is not None:
        name = next(claims[claim] for claim in _claims(entry) if claim in claims)
        message = f"a job of {name!r}, a repository that the file doesn't name, {becomes(entry, claims)}"
        yield Finding(entry.path.child("claimValidationRules"), message, _REMEDY, claims)


def _names_one(entry: IssuerUnderReview) -> bool:
    """Do the rules compare the repository, and only with whole names? Any other comparison may mean several."""
    comparisons = [
        one.operator
        for read in entry.rules
        for one in read.facts.comparisons
        if one.place[0] in _claims(entry)
    ]
    return bool(comparisons) and set(comparisons) <= _EQUAL


def _claims(entry: IssuerUnderReview) -> list[str]:
    trust = entry.provider.trust
    return [trust[what] for what in ("repositories", "names", "repositoryIds") if what in trust]
