"""A stranger's pull request can carry the subject of the main branch.

The event `pull_request_target` runs the workflow of the target branch for a pull request that
anybody may open, and its token has the same subject as a push to that branch:
`repo:OWNER/REPO:ref:refs/heads/main`. The subject alone cannot tell the two apart. As soon as one
workflow runs code or reads text of the pull request in such a job, a stranger holds the token of
main. `issue_comment`, `issues` and `workflow_run` are of this kind too.

Bad: owner and branch are pinned, the event is not.

    claimValidationRules:
    - {claim: repository_owner, requiredValue: adam}
    - {claim: ref, requiredValue: refs/heads/main}

Good: only events that people with write access start.

    - expression: claims.event_name in ["push", "workflow_dispatch", "schedule", "release"]
      message: "events from outside may not deploy"
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.model import ClaimValidationRule
from kube_oidc.rules.entry import Claims, Entry
from kube_oidc.rules.finding import About, Confidence, Finding, Remedy
from kube_oidc.rules.subject import Subject
from kube_oidc.rules.tokens import put

ABOUT: Final = About(
    "pull-request-target-unpinned",
    "A pull request from outside looks like main",
    Severity.WARNING,
    Confidence.HIGH,
    "https://forgejo.org/docs/next/user/actions/security-openid-connect",
    'services.kube-oidc.issuers.github.trust.events = [ "push" "workflow_dispatch" ];',
)
_EVENT: Final = "pull_request_target"
_BRANCH: Final = "refs/heads/main"


def check(subject: Subject) -> Iterator[Finding]:
    """One finding for every CI issuer that takes the event and makes the same user of it."""
    for entry in subject.entries:
        yield from _entry(entry)


def _entry(entry: Entry) -> Iterator[Finding]:
    events = entry.provider.facts.get("events", {})
    if _EVENT not in events.get("refused", {}) or entry.ordinary is None:
        return
    claim = events["claim"]
    push = next((put(entry.ordinary, (claim,), e) for e in _usual(entry) if _accepts(entry, claim, e)), None)
    outside = _on_a_branch(entry, put(entry.ordinary, (claim,), _EVENT))
    wanted, user = entry.user(push or entry.ordinary), entry.user(outside)
    if wanted is None or user is None or user.username != wanted.username:
        return
    # Where a group holds the event, bindings of that group still tell them apart; the user name does not.
    confidence = Confidence.HIGH if user.groups == wanted.groups else Confidence.MEDIUM
    message = f"the event {_EVENT} becomes the same user as a push, {user.username!r}"
    if push is None:
        message = (
            f"the event {_EVENT}, which a stranger's pull request starts, is let in as {user.username!r}"
        )
    rule = ClaimValidationRule(
        expression=f"claims.{claim} in {json.dumps(_usual(entry))}",
        message="events from outside may not deploy",
    )
    remedy = Remedy("pin the events:", claim_rules=(rule,))
    yield Finding(entry.path.child("claimValidationRules"), message, remedy, outside, confidence)


def _on_a_branch(entry: Entry, claims: Claims) -> Claims:
    """Pull requests and comments run for a branch, never for a tag."""
    ref = entry.provider.trust.get("refs", "")
    tag = claims.get(ref)
    if not isinstance(tag, str) or (
        tag.startswith("refs/heads/") and claims.get("ref_type", "branch") == "branch"
    ):
        return claims
    subject = str(claims.get("sub", "")).replace(tag, _BRANCH)
    return claims | {ref: _BRANCH, "ref_type": "branch", "sub": subject}


def _usual(entry: Entry) -> list[str]:
    return [str(event) for event in entry.provider.facts["events"]["default"]]


def _accepts(entry: Entry, claim: str, event: str) -> bool:
    return entry.user(put(entry.ordinary or {}, (claim,), event)) is not None
