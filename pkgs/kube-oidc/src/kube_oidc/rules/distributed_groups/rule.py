"""Groups fetched from a URL in the token."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.model import PrefixedClaimOrExpression
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.finding import Confidence, Finding, Remedy, RuleMetadata
from kube_oidc.rules.engine.issuer import IssuerUnderReview

RULE: Final = RuleMetadata(
    id="distributed-groups",
    title="Groups fetched from a URL in the token",
    severity=Severity.WARNING,
    confidence=Confidence.LOW,
    source="https://openid.net/specs/openid-connect-core-1_0.html#AggregatedDistributedClaims",
    has_proof=False,
)


def check(config: ConfigUnderReview) -> Iterator[Finding]:
    """Reports groups.claim if the issuer sends distributed claims; with --pedantic, if it might."""
    for entry in config.entries:
        claim = entry.model.claim_mappings.groups.claim
        sends = "distributedAbove" in entry.provider.claims.get(claim, {})
        if claim and (sends or (config.pedantic and not entry.provider.known)):
            yield _finding(entry, claim, sends=sends)


def _finding(entry: IssuerUnderReview, claim: str, *, sends: bool) -> Finding:
    message = f"the API server fetches {claim!r} from a URL in the token if the token doesn't have the claim"
    if sends:
        message = (
            f"users in more than {entry.provider.claims[claim]['distributedAbove']} groups are refused: "
            f"{entry.provider.title} sends a URL instead of the groups, which the API server can't use"
        )
    expression = f"dyn({_optional(claim)}.orValue([]))"
    if prefix := entry.model.claim_mappings.groups.prefix:
        expression += f".map(group, {json.dumps(prefix, ensure_ascii=False)} + group)"
    note = "use only the groups in the token (a list), or none:"
    remedy = Remedy(note, groups=PrefixedClaimOrExpression(expression=expression))
    confidence = Confidence.MEDIUM if sends else Confidence.LOW
    return Finding(entry.mapping_path("groups"), message, remedy, confidence=confidence)


def _optional(claim: str) -> str:
    return f"claims.?{claim}" if claim.isidentifier() else f"claims[?{json.dumps(claim, ensure_ascii=False)}]"
