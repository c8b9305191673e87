"""A rule trusts the form of a subject whose form the repository's owner can change.

GitHub and GitLab let the administrators of a repository say what `sub` is made of: with
`include_claim_keys: [repo, workflow]` a pull request's subject is `repo:OWNER/REPO:workflow:deploy`
and no longer ends in `:pull_request`. A rule that shuts something out by how the subject looks is
walked round in this way, and one that wants the usual form refuses everybody. Claims of their own
stay what they are.

Bad: pull requests are known by the end of their subject.

    claimValidationRules:
    - expression: '!claims.sub.endsWith(":pull_request")'

Good: by the claim that says so.

    claimValidationRules:
    - expression: claims.event_name in ["push", "workflow_dispatch", "schedule", "release"]
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from kube_oidc.diagnostics import Severity
from kube_oidc.model import ClaimValidationRule
from kube_oidc.rules.entry import Entry, Expression
from kube_oidc.rules.finding import About, Confidence, Finding, Remedy
from kube_oidc.rules.subject import Subject
from kube_oidc.rules.workloads import of_event

ABOUT: Final = About(
    "custom-subject",
    "A rule about a subject whose form can be changed",
    Severity.WARNING,
    Confidence.LOW,
    "https://docs.github.com/en/actions/reference/security/oidc",
    'services.kube-oidc.issuers.github.trust.events = [ "push" "workflow_dispatch" ];',
)


def check(subject: Subject) -> Iterator[Finding]:
    """One finding for every rule on `sub` that keeps an event out only while its subject has the usual form."""
    for entry in subject.entries:
        facts = entry.provider.facts
        if facts.get("customSubjects") and "events" in facts and entry.ordinary is not None:
            yield from _entry(entry)


def _entry(entry: Entry) -> Iterator[Finding]:
    rule = next((read for read in entry.rules if ("sub",) in read.facts.reads), None)
    if rule is None:
        return
    for form in entry.provider.facts["subjects"]:
        if form["selector"] == "event" and "since" not in form:
            yield from _event(entry, rule, form)


def _event(entry: Entry, rule: Expression, form: Mapping[str, Any]) -> Iterator[Finding]:
    events, ordinary = entry.provider.facts["events"], entry.ordinary or {}
    event = form["event"]
    outside = next(of_event(entry, form, ordinary))
    repository = str(ordinary.get(entry.provider.trust["repositories"], ""))
    usual = form["template"].replace("{repository}", repository)
    other = f"repo:{repository}:workflow:deploy"
    if entry.user(outside | {"sub": usual}) is not None or entry.user(outside | {"sub": other}) is None:
        return
    message = f"the event {event} is kept out by its subject {usual!r} alone, which may also be {other!r}"
    pin = ClaimValidationRule(
        expression=f"claims.{events['claim']} in {json.dumps(events['default'])}",
        message="events from outside may not deploy",
    )
    remedy = Remedy("pin the events by their own claim:", claim_rules=(pin,))
    yield Finding(rule.path, message, remedy, outside | {"sub": other})
