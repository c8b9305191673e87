"""Pull request's token can change resources."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.rbac import Request
from kube_oidc.rules.engine.finding import Confidence, RuleMetadata
from kube_oidc.rules.engine.grant_finding import GrantFinding, grant_finding
from kube_oidc.rules.engine.grants import EVERYONE, Grants, Held

RULE: Final = RuleMetadata(
    id="pull-request-writes",
    title="Pull request's token can change resources",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    source="https://securitylab.github.com/resources/github-actions-preventing-pwn-requests/",
)
_READING: Final = frozenset({"get", "list", "watch"})


def check(grants: Grants) -> Iterator[GrantFinding]:
    """Reports grants of more than read access to the user of an untrusted event."""
    for held in grants.held:
        events = held.entry.provider.facts.get("events", {})
        event = held.claims.get(events.get("claim", ""))
        if held.grant.subject.name != EVERYONE and event in events.get("refused", {}):
            yield from _grant(held, str(event))


def _grant(held: Held, event: str) -> Iterator[GrantFinding]:
    for rule in held.grant.rules:
        verb = next((verb for verb in rule.verbs if verb not in _READING), None)
        if verb is None or not rule.resources or not rule.api_groups:
            continue
        resource, _, subresource = rule.resources[0].partition("/")
        verb = "delete" if verb == "*" else verb
        request = held.first([Request(verb, rule.api_groups[0], resource, subresource, name="any")])
        ref = held.claims.get(held.entry.provider.trust.get("refs", ""))
        # Rules that pin the branch still accept jobs that run after the merge.
        is_merged = isinstance(ref, str) and ref.startswith("refs/heads/") and event == "pull_request"
        which = f"a job for the event {event}{' after the merge' if is_merged else ''}"
        message = f"{held.subject}, which {which} gets, can {verb} {resource} {held.scope}"
        confidence = Confidence.LOW if is_merged else Confidence.HIGH
        yield grant_finding(
            held,
            request,
            message,
            "bind the branch's subject, and give pull requests read access at most",
            confidence,
        )
        return
