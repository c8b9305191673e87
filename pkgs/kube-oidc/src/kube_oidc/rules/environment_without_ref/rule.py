"""Environment trusted on any branch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.model import ClaimValidationRule
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.finding import Confidence, Finding, Remedy, RuleMetadata
from kube_oidc.rules.engine.issuer import Claims, IssuerUnderReview
from kube_oidc.rules.engine.tokens import literals
from kube_oidc.rules.engine.workloads import of_claim, subjects

RULE: Final = RuleMetadata(
    id="environment-without-ref",
    title="Environment trusted on any branch",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    source="https://docs.github.com/en/actions/reference/security/oidc",
)
_ANY: Final = "refs/heads/anything"
_MAIN: Final = "refs/heads/main"


def check(config: ConfigUnderReview) -> Iterator[Finding]:
    """Reports CI issuers that pin an environment and accept it from any branch."""
    for entry in config.entries:
        if entry.provider.is_ci and entry.sample_claims is not None and _named(entry):
            yield from _entry(entry)


def _entry(entry: IssuerUnderReview) -> Iterator[Finding]:
    ref = entry.provider.trust.get("refs")
    if ref is None:
        return
    other_branch = _in_environment(entry, _unprotected(entry, of_claim(entry, ref, _ANY)))
    user, usual = entry.user(other_branch), entry.user(entry.sample_claims or {})
    if user is None or usual is None:
        return
    gets = f"the user name {user.username!r}"
    if _ANY.removeprefix("refs/heads/") in user.username:
        shared = [group for group in user.groups if group in usual.groups]
        if not shared:
            return  # a binding can tell the branches apart
        gets = f"the group {shared[0]!r}"
    message = f"a job on any branch that uses the environment gets {gets}"
    rule = ClaimValidationRule(claim=ref, required_value=_MAIN)
    remedy = Remedy("pin the branch too (or restrict the environment to it):", claim_rules=(rule,))
    yield Finding(entry.path.child("claimValidationRules"), message, remedy, other_branch)


def _unprotected(entry: IssuerUnderReview, claims: Claims) -> Claims:
    """Returns the claims as of a branch and an environment that the forge doesn't protect."""
    trust = entry.provider.trust
    names = (trust.get("protectedRefsOnly", ""), f"{trust.get('environments')}_protected")
    return claims | {name: "false" for name in names if name in entry.provider.claims}


def _named(entry: IssuerUnderReview) -> bool:
    """Does a rule pin an environment, by its claim or by its subject?"""
    claim = entry.provider.trust.get("environments")
    rules = entry.model.claim_validation_rules
    if claim and any(rule.claim == claim for rule in rules):
        return True
    if any(comparison.place == (claim,) for read in entry.rules for comparison in read.facts.comparisons):
        return True
    values = [rule.required_value for rule in rules if rule.claim == "sub"]
    return any(":environment:" in text for text in (*values, *literals(entry)))


def _in_environment(entry: IssuerUnderReview, claims: Claims) -> Claims:
    """Returns the claims with the subject of a job with an environment, if the provider has such a format."""
    environment = claims.get(entry.provider.trust.get("environments", ""))
    form = next((form for form, facts in subjects(entry) if facts["selector"] == "environment"), None)
    if form is None or not isinstance(environment, str) or ":environment:" in str(claims.get("sub")):
        return claims
    repository = str(claims.get(entry.provider.trust.get("repositories", ""), ""))
    values = {"repository": repository, "environment": environment}
    parts = (part if isinstance(part, str) else values.get(part.name, "") for part in form.parts)
    return claims | {"sub": "".join(parts)}
