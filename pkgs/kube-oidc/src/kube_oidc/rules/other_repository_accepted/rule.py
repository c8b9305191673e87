"""Another repository's job is accepted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.rules.engine.ask import shown
from kube_oidc.rules.engine.attacker import another_repository
from kube_oidc.rules.engine.becomes import becomes
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.facts import Comparison
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
_REMEDY: Final = Remedy("require the whole repository in every alternative: && binds tighter than ||")
_NAME: Final = re.compile(r"\^[\w./-]+\$")


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
    """Do the rules require a repository, and compare it only with whole names? Any other call may mean several."""
    comparisons = [
        one for read in entry.rules for one in read.facts.comparisons if one.place[0] in _claims(entry)
    ]
    usual = entry.sample_claims or {}
    required = [str(one.value).strip("^$") == usual.get(one.place[0]) for one in comparisons]
    return any(required) and all(map(_is_whole, comparisons, required))


def _is_whole(one: Comparison, required: bool) -> bool:
    """Is it a comparison with one name: `==`, `in`, `!=` below a `!`, or a pattern that is a name with dots?"""
    match one.operator:
        case "_==_" | "@in":
            return True
        case "_!=_":
            return required
        case "matches":
            return _NAME.fullmatch(str(one.value)) is not None
    return False


def _claims(entry: IssuerUnderReview) -> list[str]:
    trust = entry.provider.trust
    return [trust[what] for what in ("repositories", "names", "repositoryIds") if what in trust]
