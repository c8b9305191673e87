"""A claim is compared with a value of another type, so that the comparison never holds.

`"true"` is not `true`. GitHub, GitLab and Forgejo send `ref_protected` as the string `"true"`, and
OpenID Connect has `email_verified` as a boolean. CEL compiles either comparison, because the type
of a claim is unknown before a token comes, and then answers false for every token. `requiredValue`
compares strings only: with a claim that is a boolean or a number it refuses every token.

Bad: with Forgejo, nobody comes in.

    claimValidationRules:
    - expression: claims.ref_protected == true

Good: the string.

    claimValidationRules:
    - expression: claims.ref_protected == "true"

Worse is the other way round: `claims.ref_protected != false` holds for every token.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.rules.entry import Entry
from kube_oidc.rules.facts import Comparison
from kube_oidc.rules.finding import About, Confidence, Finding, Remedy
from kube_oidc.rules.subject import Subject

ABOUT: Final = About(
    "string-compared-as-boolean",
    "A claim is compared with another type",
    Severity.WARNING,
    Confidence.HIGH,
    "https://openid.net/specs/openid-connect-core-1_0.html#StandardClaims",
    "services.kube-oidc.issuers.github.trust.protectedRefsOnly = true;",
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


def check(subject: Subject) -> Iterator[Finding]:
    """One finding for every comparison whose sides are never of one type."""
    for entry in subject.entries:
        yield from _expressions(entry)
        yield from _required(entry)


def _expressions(entry: Entry) -> Iterator[Finding]:
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
            always = "always holds" if comparison.operator == "_!=_" else "never holds"
            message = (
                f"{name} is a {claim} in tokens of {entry.provider.title}, and is compared with the {value} "
                f"{json.dumps(comparison.value)}: that {always}"
            )
            yield Finding(read.path, message, Remedy(f"compare it with a {claim}{_hint(comparison, claim)}"))


def _required(entry: Entry) -> Iterator[Finding]:
    for position, rule in enumerate(entry.model.claim_validation_rules):
        claim = _type(entry, rule.claim) if rule.claim else None
        if claim not in ("boolean", "number", "list", "map"):
            continue
        place = entry.path.child("claimValidationRules").index(position).child("requiredValue")
        message = (
            f"{rule.claim} is a {claim}, and requiredValue compares strings only: every token is refused"
        )
        value = rule.required_value if rule.required_value in ("true", "false") else "…"
        remedy = Remedy(f"write an expression instead: claims.?{rule.claim}.orValue(null) == {value}")
        yield Finding(place, message, remedy)


def _typed(entry: Entry, comparison: Comparison) -> str | None:
    if comparison.operator not in _EQUALITIES or len(comparison.place) != 1:
        return None
    return _type(entry, comparison.place[0])


def _type(entry: Entry, claim: str) -> str | None:
    return entry.provider.type_of(claim) or (None if entry.provider.is_ci else _STANDARD.get(claim))


def _both_ways(comparison: Comparison, others: tuple[Comparison, ...]) -> bool:
    """`x == true || x == "true"` is right whichever it is."""
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
