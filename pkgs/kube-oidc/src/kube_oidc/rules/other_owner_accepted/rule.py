"""Another owner's job is accepted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.model import ClaimValidationRule
from kube_oidc.rules.engine.ask import shown
from kube_oidc.rules.engine.attacker import another_owner, constant_groups, named_in
from kube_oidc.rules.engine.becomes import becomes
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.finding import Confidence, Finding, Remedy, RuleMetadata
from kube_oidc.rules.engine.issuer import Claims, IssuerUnderReview

RULE: Final = RuleMetadata(
    id="other-owner-accepted",
    title="Another owner's job is accepted",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    source="https://docs.github.com/en/actions/concepts/security/openid-connect",
    asks=True,
)
_COVERED: Final = frozenset({"shared-issuer-unpinned", "unanchored-match", "every-token-refused"})
_WHOSE: Final = ("owners", "ownerIds", "repositories", "repositoryIds", "workflows")


def check(config: ConfigUnderReview) -> Iterator[Finding]:
    """Reports CI issuers that accept a job of an owner that the file doesn't name."""
    for entry in config.entries:
        if entry.provider.is_ci and not _COVERED & entry.reported:
            yield from _entry(entry)


def _entry(entry: IssuerUnderReview) -> Iterator[Finding]:
    who, groups = another_owner(entry), constant_groups(entry)
    if who is None:
        return
    if entry.provider.shared or _is_restricted(entry):
        claims = shown(entry, who)
    else:  # everyone with an account there is meant, unless all of them get one group
        claims = shown(entry, who, (named_in(groups),)) if groups else None
    if claims is None:
        return
    message = (
        f"a job of {_owner(entry, claims)}, an owner that the file doesn't name, {becomes(entry, claims)}"
    )
    yield Finding(entry.path.child("claimValidationRules"), message, _remedy(entry), claims)


def _is_restricted(entry: IssuerUnderReview) -> bool:
    """Does a rule say whose jobs are accepted?"""
    whose = {"sub", *(entry.provider.trust[what] for what in _WHOSE if what in entry.provider.trust)}
    read = {place[0] for rule in entry.rules if rule.facts.text for place in rule.facts.reads}
    read |= {rule.claim for rule in entry.model.claim_validation_rules}
    return bool(whose & read)


def _owner(entry: IssuerUnderReview, claims: Claims) -> str:
    names = (claims.get(entry.provider.trust.get(what, "")) for what in ("owners", "ownerIds"))
    return repr(next((name for name in names if name), "another owner"))


def _remedy(entry: IssuerUnderReview) -> Remedy:
    trust = entry.provider.trust
    claim = trust.get("ownerIds") or trust["owners"]
    if entry.provider.claims[claim]["optional"]:
        claim = trust["owners"]
    rule = ClaimValidationRule(claim=claim, required_value=f"YOUR-{claim.upper()}")
    return Remedy("compare the whole owner:", claim_rules=(rule,))
