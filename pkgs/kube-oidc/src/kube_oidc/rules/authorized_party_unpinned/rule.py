"""Tokens issued to other clients are accepted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.model import ClaimValidationRule
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.finding import Confidence, Finding, Remedy, RuleMetadata
from kube_oidc.rules.engine.issuer import IssuerUnderReview

RULE: Final = RuleMetadata(
    id="authorized-party-unpinned",
    title="Tokens issued to other clients are accepted",
    severity=Severity.WARNING,
    confidence=Confidence.LOW,
    source="https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation",
)
_OTHER: Final = "another-client"


def check(config: ConfigUnderReview) -> Iterator[Finding]:
    """Reports issuers of people with several audiences that accept another client's token."""
    for entry in config.entries:
        if not entry.provider.is_ci and len(entry.model.issuer.audiences) > 1:
            yield from _entry(entry)


def _entry(entry: IssuerUnderReview) -> Iterator[Finding]:
    audiences = entry.model.issuer.audiences
    if entry.sample_claims is None:
        return
    foreign = entry.sample_claims | {"aud": [audiences[0], _OTHER], "azp": _OTHER}
    if entry.user(foreign) is None:
        return
    rule = ClaimValidationRule(
        expression=f"!has(claims.azp) || claims.azp in {json.dumps(list(audiences), ensure_ascii=False)}",
        message="the token was issued to another client",
    )
    message = f"tokens issued to other clients are accepted if {audiences[0]!r} is among their audiences"
    remedy = Remedy("list the clients that users log in with:", claim_rules=(rule,))
    yield Finding(entry.path.child("issuer", "audiences"), message, remedy, foreign)
