"""Trust rests on a claim that whoever writes the workflow chooses.

`workflow` is the name that a workflow file gives itself, `head_ref` the name of a pull request's
own branch, `actor` whoever did something last. Everybody who can push a branch sets them as they
like. What the issuer writes by itself holds: `workflow_ref` and `job_workflow_ref` have the file's
path and branch.

Bad: any branch may hold a workflow of this name.

    claimValidationRules:
    - {claim: workflow, requiredValue: deploy}

Good: the file, on the branch that is protected.

    claimValidationRules:
    - claim: workflow_ref
      requiredValue: my-org/site/.github/workflows/deploy.yaml@refs/heads/main
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.field import FieldPath
from kube_oidc.findings.finding import About, Confidence, Finding, Remedy
from kube_oidc.findings.subject import Entry, Subject

ABOUT: Final = About(
    "author-controlled-claim",
    "A claim that the workflow's author chooses is trusted",
    Severity.WARNING,
    Confidence.MEDIUM,
    "https://docs.github.com/en/actions/reference/security/oidc",
    "services.kube-oidc.issuers.github.trust.workflows = "
    '[ "my-org/site/.github/workflows/deploy.yaml@refs/heads/main" ];',
)
_STRONGER: Final = ("workflows", "refs", "repositoryIds")


def check(subject: Subject) -> Iterator[Finding]:
    """One finding for every rule, and every name, made of such a claim."""
    for entry in subject.entries:
        if entry.provider.is_ci:
            yield from _entry(entry)


def _entry(entry: Entry) -> Iterator[Finding]:
    trust = entry.provider.trust
    stronger = ", ".join(trust[what] for what in _STRONGER if what in trust)
    for path, claim in _trusted(entry):
        known = entry.provider.claims.get(claim, {})
        if known.get("userControlled") and claim not in ("aud", "sha", trust.get("refs")):
            message = f"{claim} is chosen by whoever writes the workflow: {known['about']}"
            yield Finding(path, message, Remedy(f"trust what the issuer writes: {stronger}"))


def _trusted(entry: Entry) -> Iterator[tuple[FieldPath, str]]:
    for position, rule in enumerate(entry.model.claim_validation_rules):
        if rule.claim:
            yield entry.path.child("claimValidationRules").index(position).child("claim"), rule.claim
    for read in entry.rules:
        for comparison in read.facts.comparisons:
            if comparison.operator != "_!=_":
                yield read.path, comparison.place[0]
    for name in ("username", "groups"):
        for place in entry.sources(name):
            yield entry.mapping_path(name), place[0]
