"""Token lifetime is not limited."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.model import ClaimValidationRule
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.finding import Confidence, Finding, Remedy, RuleMetadata
from kube_oidc.rules.engine.issuer import IssuerUnderReview

RULE: Final = RuleMetadata(
    id="long-lived-token",
    title="Token lifetime is not limited",
    severity=Severity.WARNING,
    confidence=Confidence.LOW,
    source="https://www.rfc-editor.org/rfc/rfc8725#section-3",
)
_HOUR: Final = 3600
_LONG: Final = 12 * _HOUR
_MONTH: Final = 30 * 24 * _HOUR


def check(config: ConfigUnderReview) -> Iterator[Finding]:
    """Reports issuers that accept a token with a lifetime of a month, if the issuer could issue one."""
    for entry in config.entries:
        who = entry.provider.lifetime_chosen_by
        if who == "job" or _is_long(entry) or (config.pedantic and who != "provider"):
            yield from _entry(entry)


def _is_long(entry: IssuerUnderReview) -> bool:
    return entry.provider.known and entry.provider.token_lifetime >= _LONG


def _entry(entry: IssuerUnderReview) -> Iterator[Finding]:
    start = (entry.sample_claims or {}).get("iat")
    if not isinstance(start, int):
        return
    lasting = (entry.sample_claims or {}) | {"exp": start + _MONTH}
    if entry.user(lasting) is None:
        return
    life = entry.provider.token_lifetime
    usual = (
        f"; by default {entry.provider.title}'s are valid for {life // _HOUR} hours"
        if _is_long(entry)
        else ""
    )
    message = f"a token that is valid for a month is accepted{usual}; tokens can't be revoked"
    rule = ClaimValidationRule(
        expression=f"claims.exp - claims.iat <= {_HOUR}", message="the token is valid for more than an hour"
    )
    note = (
        "limit it to what the issuer is set to:"
        if life <= _HOUR
        else "reduce it at the issuer, then limit it:"
    )
    confidence = Confidence.MEDIUM if _is_long(entry) else Confidence.LOW
    path = entry.path.child("claimValidationRules")
    yield Finding(path, message, Remedy(note, claim_rules=(rule,)), lasting, confidence)
