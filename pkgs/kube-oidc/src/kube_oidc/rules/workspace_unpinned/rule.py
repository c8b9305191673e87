"""Google account outside your Workspace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from kube_oidc.diagnostics import Severity
from kube_oidc.model import ClaimValidationRule
from kube_oidc.rules.engine.attackers import attacker_claims
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.finding import Confidence, Finding, Remedy, RuleMetadata
from kube_oidc.rules.engine.issuer import Claims, IssuerUnderReview

RULE: Final = RuleMetadata(
    id="workspace-unpinned",
    title="Google account outside your Workspace",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    source="https://developers.google.com/identity/gsi/web/guides/verify-google-id-token",
)
_NAME: Final = "someone+else"


def check(config: ConfigUnderReview) -> Iterator[Finding]:
    """Reports issuers that accept an account outside the organization as its own."""
    for entry in config.entries:
        known = entry.provider.facts.get("organizationEmail")
        if known is not None and entry.sample_claims is not None:
            yield from _entry(entry, entry.sample_claims, known)


def _entry(entry: IssuerUnderReview, sample_claims: Claims, known: Mapping[str, Any]) -> Iterator[Finding]:
    domain = str(sample_claims.get("email", "")).rpartition("@")[2]
    if not domain or domain.endswith(tuple(known["providerDomains"])):
        return
    if any(entry.user(claims) is not None for claims in attacker_claims(entry, sample_claims)):
        return  # anyone is accepted: shared-issuer-unpinned
    removed = {known["claim"], *known.get("without", ())}
    kept = {name: value for name, value in sample_claims.items() if name not in removed}
    outside = kept | known["outsider"] | {"email": f"{_NAME}@{domain}"}
    user = entry.user(outside)
    if user is not None:
        message = (
            f"an account outside your Workspace with an address in {domain} "
            f"gets the user name {user.username!r}"
        )
        rule = ClaimValidationRule(claim=known["claim"], required_value=domain)
        remedy = Remedy("pin the organization's claim:", claim_rules=(rule,))
        yield Finding(entry.path.child("claimValidationRules"), message, remedy, outside)
