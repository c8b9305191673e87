"""Untrusted pull request gets the main branch's user."""

from __future__ import annotations

import json
from collections.abc import Iterator
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
_EVENT: Final = "pull_request_target"
_BRANCH: Final = "refs/heads/main"


def check(config: ConfigUnderReview) -> Iterator[Finding]:
    """Reports CI issuers that accept the event and map it to the same user as a push."""
    for entry in config.entries:
        yield from _entry(entry)


def _entry(entry: IssuerUnderReview) -> Iterator[Finding]:
    events = entry.provider.facts.get("events", {})
    if _EVENT not in events.get("refused", {}) or entry.sample_claims is None:
        return
    claim = events["claim"]
    push = next(
        (put(entry.sample_claims, (claim,), e) for e in _usual(entry) if _accepts(entry, claim, e)), None
    )
    outside = _on_a_branch(entry, put(entry.sample_claims, (claim,), _EVENT))
    wanted, user = entry.user(push or entry.sample_claims), entry.user(outside)
    if wanted is None or user is None or user.username != wanted.username:
        return
    # If a group contains the event, bindings of that group can still tell them apart; the user name can't.
    confidence = Confidence.HIGH if user.groups == wanted.groups else Confidence.MEDIUM
    message = f"a token for the event {_EVENT} gets the same user name as a push, {user.username!r}"
    if push is None:
        message = f"a token for the event {_EVENT}, which any pull request triggers, is accepted as {user.username!r}"
    rule = ClaimValidationRule(
        expression=f"claims.{claim} in {json.dumps(_usual(entry))}",
        message="events from outside may not deploy",
    )
    remedy = Remedy("pin the events:", claim_rules=(rule,))
    yield Finding(entry.path.child("claimValidationRules"), message, remedy, outside, confidence)


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


def _usual(entry: IssuerUnderReview) -> list[str]:
    return [str(event) for event in entry.provider.facts["events"]["default"]]


def _accepts(entry: IssuerUnderReview, claim: str, event: str) -> bool:
    return entry.user(put(entry.sample_claims or {}, (claim,), event)) is not None
