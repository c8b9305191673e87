"""Optional claim read without a check."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.authn.authenticate import Refused
from kube_oidc.diagnostics import Severity
from kube_oidc.providers.provider import is_personal
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.finding import Confidence, Finding, Remedy, RuleMetadata
from kube_oidc.rules.engine.issuer import Expression, IssuerUnderReview
from kube_oidc.rules.engine.tokens import get, is_missing, without

RULE: Final = RuleMetadata(
    id="optional-claim-unguarded",
    title="Optional claim read without a check",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    source="https://kubernetes.io/docs/reference/using-api/cel/#optional-types",
    has_proof=False,
)
_ALWAYS: Final = frozenset({"iss", "sub", "aud", "exp", "iat"})


def check(config: ConfigUnderReview) -> Iterator[Finding]:
    """Reports claims that the groups, uid or extra mappings need and a token may not have."""
    for entry in config.entries:
        needed = {place[0] for place in entry.sources("username")}
        for name, read in entry.mappings.items():
            if name != "username" and entry.sample_claims is not None:
                yield from _mapping(entry, read, needed)


def _mapping(entry: IssuerUnderReview, read: Expression, needed: set[str]) -> Iterator[Finding]:
    sample_claims = entry.sample_claims or {}
    for claim in sorted({place[0] for place in read.facts.reads} - needed - _ALWAYS):
        known = entry.provider.claims.get(claim)
        if not (known["optional"] if known else is_personal(claim)):
            continue
        if is_missing(get(sample_claims, (claim,))):
            continue
        poorer = without(sample_claims, claim)
        outcome = entry.outcome(poorer)
        if isinstance(outcome, Refused) and f"no such key: {claim}" in outcome.reason:
            if any(claim in (place[0] for place in rule.facts.reads) for rule in entry.rules):
                continue  # a rule requires the claim too, so this is intended
            message = f"a token without {claim} is refused: {outcome.reason.removeprefix('oidc: ')}"
            remedy = Remedy(
                f"write claims.?{claim}.orValue({_empty(sample_claims[claim])}) instead of claims.{claim}"
            )
            yield Finding(read.path, message, remedy, confidence=Confidence.MEDIUM)


def _empty(value: object) -> str:
    match value:
        case list():
            return "[]"
        case dict():
            return "{}"
        case bool():
            return "false"
        case int() | float():
            return "0"
    return '""'
