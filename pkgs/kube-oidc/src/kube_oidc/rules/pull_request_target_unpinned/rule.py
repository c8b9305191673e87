"""Untrusted pull request gets the main branch's user."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.model import ClaimValidationRule
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.finding import Confidence, Finding, Remedy, RuleMetadata
from kube_oidc.rules.engine.issuer import Claims, IssuerUnderReview
from kube_oidc.rules.engine.tokens import put

RULE: Final = RuleMetadata(
    id="pull-request-target-unpinned",
    title="Untrusted pull request gets the main branch's user",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    source="https://forgejo.org/docs/next/user/actions/security-openid-connect",
)
_BRANCH: Final = "refs/heads/main"


def check(config: ConfigUnderReview) -> Iterator[Finding]:
    """Reports CI issuers that accept such an event and map it to the same user as a push."""
    for entry in config.entries:
        events = [event for event, known in entry.provider.refused_events.items() if known.get("reported")]
        found = (_of_event(entry, event) for event in events)
        yield from islice((finding for finding in found if finding is not None), 1)


def _of_event(entry: IssuerUnderReview, event: str) -> Finding | None:
    if entry.sample_claims is None:
        return None
    claim, default = entry.provider.event_claim, entry.provider.default_events
    push = next((put(entry.sample_claims, (claim,), e) for e in default if _accepts(entry, claim, e)), None)
    outside = _on_a_branch(entry, put(entry.sample_claims, (claim,), event))
    wanted, user = entry.user(push or entry.sample_claims), entry.user(outside)
    if wanted is None or user is None or user.username != wanted.username:
        return None
    # If a group contains the event, bindings of that group can still tell them apart; the user name can't.
    confidence = Confidence.HIGH if user.groups == wanted.groups else Confidence.MEDIUM
    message = f"a token for the event {event} gets the same user name as a push, {user.username!r}"
    if push is None:
        why = entry.provider.refused_events[event]["why"]
        message = f"a token for the event {event} is accepted as {user.username!r}: {why}"
    rule = ClaimValidationRule(
        expression=f"claims.{claim} in {json.dumps(default)}", message="events from outside may not deploy"
    )
    remedy = Remedy("pin the events:", claim_rules=(rule,))
    return Finding(entry.path.child("claimValidationRules"), message, remedy, outside, confidence)


def _on_a_branch(entry: IssuerUnderReview, claims: Claims) -> Claims:
    """Returns the claims with a branch: pull requests and comments never run for a tag."""
    ref = entry.provider.trust.get("refs", "")
    tag = claims.get(ref)
    if not isinstance(tag, str) or (
        tag.startswith("refs/heads/") and claims.get("ref_type", "branch") == "branch"
    ):
        return claims
    subject = str(claims.get("sub", "")).replace(tag, _BRANCH)
    return claims | {ref: _BRANCH, "ref_type": "branch", "sub": subject}


def _accepts(entry: IssuerUnderReview, claim: str, event: str) -> bool:
    return entry.user(put(entry.sample_claims or {}, (claim,), event)) is not None
