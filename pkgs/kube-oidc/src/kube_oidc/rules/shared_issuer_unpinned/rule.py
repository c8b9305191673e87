"""Shared issuer without a pinned owner."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.model import ClaimValidationRule
from kube_oidc.rules.engine.attackers import attackers, borrowing
from kube_oidc.rules.engine.branch_variants import branch_variants
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.finding import Confidence, Finding, Remedy, RuleMetadata
from kube_oidc.rules.engine.issuer import IssuerUnderReview

RULE: Final = RuleMetadata(
    id="shared-issuer-unpinned",
    title="Shared issuer without a pinned owner",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    source="https://docs.github.com/en/actions/concepts/security/openid-connect",
)


def check(config: ConfigUnderReview) -> Iterator[Finding]:
    """Reports shared issuers that accept a stranger's token."""
    for entry in config.entries:
        if entry.provider.shared and entry.sample_claims is not None:
            yield from _entry(entry)


def _entry(entry: IssuerUnderReview) -> Iterator[Finding]:
    sample_claims = entry.sample_claims or {}
    for attacker in (
        attacker for chosen in branch_variants(entry, sample_claims) for attacker in attackers(entry, chosen)
    ):
        user = entry.user(attacker.claims)
        if user is not None:
            message = (
                f"any {entry.provider.title} {attacker.who} is accepted, no matter who owns it: "
                f"a stranger gets the user name {user.username!r}"
            )
            # The OAuth client is the cluster owner's; who can log in with it is configured there.
            confidence = Confidence.MEDIUM if attacker.needs_client else None
            place = entry.path.child("issuer", "url")
            yield Finding(place, message, _remedy(entry), attacker.claims, confidence)
            return
    for claims in borrowing(entry, sample_claims):
        user = entry.user(claims)
        if user is not None:
            message = (
                f"a stranger's job that calls the pinned reusable workflow gets the user name {user.username!r}: "
                "anyone can call it if its repository is public"
            )
            yield Finding(
                entry.path.child("issuer", "url"), message, _remedy(entry), claims, Confidence.MEDIUM
            )
            return


def _remedy(entry: IssuerUnderReview) -> Remedy:
    trust = entry.provider.trust
    claim = trust.get("ownerIds") or trust.get("owners") or str(entry.provider.facts["username"]["claim"])
    note = f"pin the owner; {entry.provider.facts['pinAdvice']}"
    return Remedy(
        note, claim_rules=(ClaimValidationRule(claim=claim, required_value=f"YOUR-{claim.upper()}"),)
    )
