"""Rule depends on a customizable subject format."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from kube_oidc.diagnostics import Severity
from kube_oidc.model import ClaimValidationRule
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.finding import Confidence, Finding, Remedy, RuleMetadata
from kube_oidc.rules.engine.issuer import Expression, IssuerUnderReview
from kube_oidc.rules.engine.workloads import of_event

RULE: Final = RuleMetadata(
    id="custom-subject",
    title="Rule depends on a customizable subject format",
    severity=Severity.WARNING,
    confidence=Confidence.LOW,
    source="https://docs.github.com/en/actions/reference/security/oidc",
)


def check(config: ConfigUnderReview) -> Iterator[Finding]:
    """Reports rules on `sub` that exclude an event only while subjects have the default format."""
    for entry in config.entries:
        facts = entry.provider.facts
        if facts.get("customSubjects") and "events" in facts and entry.sample_claims is not None:
            yield from _entry(entry)


def _entry(entry: IssuerUnderReview) -> Iterator[Finding]:
    rule = next((read for read in entry.rules if ("sub",) in read.facts.reads), None)
    if rule is None:
        return
    for form in entry.provider.facts["subjects"]:
        if form["selector"] == "event" and "since" not in form:
            yield from _event(entry, rule, form)


def _event(entry: IssuerUnderReview, rule: Expression, form: Mapping[str, Any]) -> Iterator[Finding]:
    events, sample_claims = entry.provider.facts["events"], entry.sample_claims or {}
    event = form["event"]
    outside = next(of_event(entry, form, sample_claims))
    repository = str(sample_claims.get(entry.provider.trust["repositories"], ""))
    usual = form["template"].replace("{repository}", repository)
    other = f"repo:{repository}:workflow:deploy"
    if entry.user(outside | {"sub": usual}) is not None or entry.user(outside | {"sub": other}) is None:
        return
    message = (
        f"the event {event} is excluded only by the format of sub ({usual!r}), "
        f"which repository admins can change (to {other!r})"
    )
    pin = ClaimValidationRule(
        expression=f"claims.{events['claim']} in {json.dumps(events['default'])}",
        message="events from outside may not deploy",
    )
    remedy = Remedy("pin the event's claim:", claim_rules=(pin,))
    yield Finding(rule.path, message, remedy, outside | {"sub": other})
