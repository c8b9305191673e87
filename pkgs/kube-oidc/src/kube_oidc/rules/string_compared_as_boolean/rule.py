"""Claim compared with a value of another type."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.facts import Comparison
from kube_oidc.rules.engine.finding import Confidence, Finding, Remedy, RuleMetadata
from kube_oidc.rules.engine.issuer import IssuerUnderReview

RULE: Final = RuleMetadata(
    id="string-compared-as-boolean",
    title="Claim compared with a value of another type",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    source="https://openid.net/specs/openid-connect-core-1_0.html#StandardClaims",
    has_proof=False,
)
_STANDARD: Final = {
    "email_verified": "boolean",
    "exp": "number",
    "iat": "number",
    "nbf": "number",
    "sub": "string",
    "email": "string",
    "preferred_username": "string",
}
_TYPES: Final[dict[type, str]] = {bool: "boolean", int: "number", float: "number", str: "string"}
_EQUALITIES: Final = ("_==_", "_!=_", "@in")


def check(config: ConfigUnderReview) -> Iterator[Finding]:
    """Reports comparisons whose two sides always have different types."""
    for entry in config.entries:
        yield from _expressions(entry)
        yield from _required(entry)


def _expressions(entry: IssuerUnderReview) -> Iterator[Finding]:
    for read in entry.expressions:
        for comparison in read.facts.comparisons:
            claim, value = _typed(entry, comparison), _TYPES.get(type(comparison.value))
            if (
                claim is None
                or value is None
                or claim == value
                or _both_ways(comparison, read.facts.comparisons)
            ):
                continue
            name = ".".join(comparison.place)
            always = "always true" if comparison.operator == "_!=_" else "never true"
            message = (
                f"{name} is a {claim} in tokens of {entry.provider.title}, but is compared with the {value} "
                f"{json.dumps(comparison.value)}, which is {always}"
            )
            yield Finding(read.path, message, Remedy(f"compare it with a {claim}{_hint(comparison, claim)}"))


def _required(entry: IssuerUnderReview) -> Iterator[Finding]:
    for position, rule in enumerate(entry.model.claim_validation_rules):
        claim = _type(entry, rule.claim) if rule.claim else None
        if claim not in ("boolean", "number", "list", "map"):
            continue
        place = entry.path.child("claimValidationRules").index(position).child("requiredValue")
        message = f"{rule.claim} is a {claim}, but requiredValue only matches strings: every token is refused"
        value = rule.required_value if rule.required_value in ("true", "false") else "…"
        remedy = Remedy(f"use an expression instead: claims.?{rule.claim}.orValue(null) == {value}")
        yield Finding(place, message, remedy)


def _typed(entry: IssuerUnderReview, comparison: Comparison) -> str | None:
    if comparison.operator not in _EQUALITIES or len(comparison.place) != 1:
        return None
    return _type(entry, comparison.place[0])


def _type(entry: IssuerUnderReview, claim: str) -> str | None:
    return entry.provider.type_of(claim) or (None if entry.provider.is_ci else _STANDARD.get(claim))


def _both_ways(comparison: Comparison, others: tuple[Comparison, ...]) -> bool:
    """Is it compared with both types, as in `x == true || x == "true"`?"""
    return any(
        other.place == comparison.place
        and other.operator in _EQUALITIES
        and type(other.value) is not type(comparison.value)
        for other in others
    )


def _hint(comparison: Comparison, claim: str) -> str:
    name = ".".join(comparison.place)
    if claim == "string":
        text = json.dumps(comparison.value).strip('"')
        return f': claims.{name} == "{text}"'
    return f": claims.{name} == {comparison.value}" if claim == "boolean" else ""
