"""Shared issuer without a pinned owner."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.model import ClaimValidationRule
from kube_oidc.rules.engine.attackers import attacker_claims, borrowing, is_service_account
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
_WHOSE: Final = {"google": "account", "entra": "personal account", "sigstore": "account"}


def check(config: ConfigUnderReview) -> Iterator[Finding]:
    """Reports shared issuers that accept a stranger's token."""
    for entry in config.entries:
        if entry.provider.shared and entry.sample_claims is not None:
            yield from _entry(entry)


def _entry(entry: IssuerUnderReview) -> Iterator[Finding]:
    sample_claims = entry.sample_claims or {}
    whose = _WHOSE.get(entry.provider.id, "job")
    strangers = (
        claims
        for chosen in branch_variants(entry, sample_claims)
        for claims in attacker_claims(entry, chosen)
    )
    for claims in strangers:
        user = entry.user(claims)
        if user is not None:
            logs_in = entry.provider.id == "google" and not is_service_account(claims)
            who = whose if entry.provider.id != "google" or logs_in else f"service {whose}"
            message = (
                f"any {entry.provider.title} {who} is accepted, no matter who owns it: "
                f"a stranger gets the user name {user.username!r}"
            )
            # The audience is your own client at Google; who can log in with it is configured there.
            confidence = Confidence.MEDIUM if logs_in else None
            yield Finding(entry.path.child("issuer", "url"), message, _remedy(entry), claims, confidence)
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
