"""Subject pinned in an outdated format."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

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
    has_proof=False,
)
_PLACEHOLDER: Final = re.compile(r"\\?\{(\w+)\\?\}")


def check(config: ConfigUnderReview) -> Iterator[Finding]:
    """Reports rules that pin a repository in a format of `sub` that new repositories don't have."""
    for entry in config.entries:
        since = [form for form in entry.provider.subjects if "since" in form]
        for path, text in _pinned(entry) if since else ():
            if _has_owner(text, entry.provider.subjects) and not _has_owner(text, since):
                message = (
                    f"{text!r} doesn't match subjects with IDs, which {entry.provider.title} "
                    f"uses since {since[0]['since']}"
                )
                pins = " and ".join(_lasting(entry))
                note = f"pin {pins}, whose format doesn't change, or accept both formats"
                yield Finding(path, message, Remedy(note))


def _has_owner(text: str, forms: Sequence[Mapping[str, Any]]) -> bool:
    """Does the text begin with an owner as one of these formats writes it?"""
    heads = {form["template"].replace("{repository}", "{owner}/").split("/")[0] for form in forms}
    patterns = (_PLACEHOLDER.sub(_any, re.escape(head)) for head in heads)
    return any(re.match(rf"\^?{pattern}/", text) for pattern in patterns)


def _any(placeholder: re.Match[str]) -> str:
    return r"\d+" if placeholder[1].endswith("Id") else "[^/:@]+"


def _lasting(entry: IssuerUnderReview) -> Iterator[str]:
    return (claim for what in ("repositoryIds", "refs") if (claim := entry.provider.trust.get(what)))


def _pinned(entry: IssuerUnderReview) -> Iterator[tuple[FieldPath, str]]:
    for position, rule in enumerate(entry.model.claim_validation_rules):
        if rule.claim == "sub":
            path = entry.path.child("claimValidationRules").index(position).child("requiredValue")
            yield path, rule.required_value
    for read in entry.rules:
        for comparison in read.facts.comparisons:
            if comparison.place == ("sub",) and isinstance(comparison.value, str):
                yield read.path, comparison.value
