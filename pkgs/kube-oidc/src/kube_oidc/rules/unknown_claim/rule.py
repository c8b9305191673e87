"""Claim that this issuer doesn't send."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.field import FieldPath
from kube_oidc.providers.provider import is_personal
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.finding import Confidence, Finding, Remedy, RuleMetadata
from kube_oidc.rules.engine.issuer import IssuerUnderReview

RULE: Final = RuleMetadata(
    id="unknown-claim",
    title="Claim that this issuer doesn't send",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    source="https://docs.github.com/en/actions/reference/security/oidc",
    has_proof=False,
)


def check(config: ConfigUnderReview) -> Iterator[Finding]:
    """Reports claims that tokens of a known provider don't have."""
    for entry in config.entries:
        if entry.provider.known:
            yield from _entry(entry)


def _entry(entry: IssuerUnderReview) -> Iterator[Finding]:
    for path, claim in _claims(entry):
        if entry.provider.carries(claim):
            continue
        if entry.provider.has_custom_claims:
            continue
        sure = is_personal(claim)
        known = ", ".join(sorted(entry.provider.claims))
        message = f"tokens of {entry.provider.title} have no claim {claim!r}"
        remedy = Remedy(f"use one of: {known}")
        yield Finding(path, message, remedy, confidence=Confidence.HIGH if sure else Confidence.MEDIUM)


def _claims(entry: IssuerUnderReview) -> Iterator[tuple[FieldPath, str]]:
    mappings = entry.model.claim_mappings
    for name in ("username", "groups", "uid"):
        claim = getattr(mappings, name).claim
        if claim:
            yield entry.path.child("claimMappings", name, "claim"), claim
    for position, rule in enumerate(entry.model.claim_validation_rules):
        if rule.claim:
            yield entry.path.child("claimValidationRules").index(position).child("claim"), rule.claim
    for read in entry.expressions:
        for claim in sorted({place[0] for place in read.facts.reads}):
            if not any(guard[0] == claim for guard in read.facts.guarded):
                yield read.path, claim
