"""The subject names an environment, and so no branch.

The subject of a job with an environment is `repo:OWNER/REPO:environment:NAME`: the branch is not in
it. A workflow on any branch may name the environment, and unless the environment's own rules
(deployment branches, reviewers) say otherwise, whoever can push a branch has this subject.

Bad: the environment alone.

    claimValidationRules:
    - {claim: sub, requiredValue: "repo:my-org/site:environment:production"}

Good: the branch beside it.

    claimValidationRules:
    - {claim: sub, requiredValue: "repo:my-org/site:environment:production"}
    - {claim: ref, requiredValue: refs/heads/main}
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.model import ClaimValidationRule
from kube_oidc.rules.entry import Claims, Entry
from kube_oidc.rules.finding import About, Confidence, Finding, Remedy
from kube_oidc.rules.subject import Subject
from kube_oidc.rules.tokens import literals
from kube_oidc.rules.workloads import of_claim, subjects

ABOUT: Final = About(
    "environment-without-ref",
    "An environment is trusted on any branch",
    Severity.WARNING,
    Confidence.MEDIUM,
    "https://docs.github.com/en/actions/reference/security/oidc",
    'services.kube-oidc.issuers.github.trust.refs = [ "refs/heads/main" ];',
)
_ANY: Final = "refs/heads/anything"
_MAIN: Final = "refs/heads/main"


def check(subject: Subject) -> Iterator[Finding]:
    """One finding for every CI issuer that is told an environment's subject and takes it from any branch."""
    for entry in subject.entries:
        if entry.provider.is_ci and entry.ordinary is not None and _named(entry):
            yield from _entry(entry)


def _entry(entry: Entry) -> Iterator[Finding]:
    ref = entry.provider.trust.get("refs")
    if ref is None:
        return
    elsewhere = _in_environment(entry, of_claim(entry, ref, _ANY))
    user = entry.user(elsewhere)
    if user is None or _ANY.removeprefix("refs/heads/") in user.username:
        return
    message = f"a job of any branch that names the environment becomes {user.username!r}"
    rule = ClaimValidationRule(claim=ref, required_value=_MAIN)
    remedy = Remedy("pin the branch beside it (or restrict it in the environment):", claim_rules=(rule,))
    yield Finding(entry.path.child("claimValidationRules"), message, remedy, elsewhere)


def _named(entry: Entry) -> bool:
    """Does a rule pin an environment, by its claim or by its subject?"""
    claim = entry.provider.trust.get("environments")
    rules = entry.model.claim_validation_rules
    if claim and any(rule.claim == claim for rule in rules):
        return True
    if any(comparison.place == (claim,) for read in entry.rules for comparison in read.facts.comparisons):
        return True
    values = [rule.required_value for rule in rules if rule.claim == "sub"]
    return any(":environment:" in text for text in (*values, *literals(entry)))


def _in_environment(entry: Entry, claims: Claims) -> Claims:
    """The claims with the subject that such a job has, where the provider has one for environments."""
    environment = claims.get(entry.provider.trust.get("environments", ""))
    form = next((form for form, facts in subjects(entry) if facts["selector"] == "environment"), None)
    if form is None or not isinstance(environment, str) or ":environment:" in str(claims.get("sub")):
        return claims
    repository = str(claims.get(entry.provider.trust.get("repositories", ""), ""))
    values = {"repository": repository, "environment": environment}
    parts = (part if isinstance(part, str) else values.get(part.name, "") for part in form.parts)
    return claims | {"sub": "".join(parts)}
