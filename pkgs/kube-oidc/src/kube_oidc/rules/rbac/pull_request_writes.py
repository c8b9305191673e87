"""A pull request's token may change something.

A job that runs for a pull request runs what is in it: the code, the build files, the packages it
asks for. Who opens it may be anybody. Reading, for a preview or a plan, is one thing; with `patch`
or `create` the pull request deploys before anybody has looked at it.

Bad: the subject of pull requests in the binding that deploys.

    subjects: [{kind: User, name: "forgejo:repo:adam/site:pull_request"}]
    roleRef: {kind: Role, name: deploy}

Good: the branch, after the merge.

    subjects: [{kind: User, name: "forgejo:repo:adam/site:ref:refs/heads/main"}]
    roleRef: {kind: Role, name: deploy}
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.rbac import Request
from kube_oidc.rules.finding import About, Confidence
from kube_oidc.rules.rbac.finding import GrantFinding, of
from kube_oidc.rules.rbac.grants import EVERYONE, Grants, Held

ABOUT: Final = About(
    "pull-request-writes",
    "A pull request's token may change something",
    Severity.WARNING,
    Confidence.HIGH,
    "https://securitylab.github.com/resources/github-actions-preventing-pwn-requests/",
    'services.kube-oidc.grants.site = { issuer = "forgejo"; '
    'workload = { repository = "adam/site"; ref = "refs/heads/main"; }; namespace = "site"; preset = "deploy"; };',
)
_READING: Final = frozenset({"get", "list", "watch"})


def check(grants: Grants) -> Iterator[GrantFinding]:
    """One finding for every grant of more than reading to the user of an event from outside."""
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
        # Rules that pin the branch leave the jobs that run when the pull request was merged.
        is_merged = isinstance(ref, str) and ref.startswith("refs/heads/") and event == "pull_request"
        which = f"a job of the event {event}{' that runs once it is merged' if is_merged else ''}"
        message = f"{held.whom}, which {which} becomes, may {verb} {resource} {held.where}"
        confidence = Confidence.LOW if is_merged else Confidence.HIGH
        yield of(held, request, message, "bind the branch, and let pull requests read at most", confidence)
        return
