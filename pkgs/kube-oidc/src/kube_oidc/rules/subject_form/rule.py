"""Subject pinned in an outdated format."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.field import FieldPath
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.finding import Confidence, Finding, Remedy, RuleMetadata
from kube_oidc.rules.engine.issuer import IssuerUnderReview

RULE: Final = RuleMetadata(
    id="subject-form",
    title="Subject pinned in an outdated format",
    severity=Severity.INFO,
    confidence=Confidence.LOW,
    source="https://github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens/",
)
_OLD: Final = re.compile(r"\^?repo:[^@:/]+/")
_PROVIDERS: Final = ("github", "forgejo")


def check(config: ConfigUnderReview) -> Iterator[Finding]:
    """Reports rules that pin a repository in the old format of `sub`."""
    for entry in config.entries:
        if entry.provider.id in _PROVIDERS:
            for path, text in _pinned(entry):
                if _OLD.match(text):
                    message = (
                        f"{text!r} doesn't match subjects of repositories that are created or renamed today"
                    )
                    remedy = Remedy(
                        "pin repository_id and ref, whose format doesn't change, or accept both formats"
                    )
                    yield Finding(path, message, remedy)


def _pinned(entry: IssuerUnderReview) -> Iterator[tuple[FieldPath, str]]:
    for position, rule in enumerate(entry.model.claim_validation_rules):
        if rule.claim == "sub":
            path = entry.path.child("claimValidationRules").index(position).child("requiredValue")
            yield path, rule.required_value
    for read in entry.rules:
        for comparison in read.facts.comparisons:
            if comparison.place == ("sub",) and isinstance(comparison.value, str):
                yield read.path, comparison.value
