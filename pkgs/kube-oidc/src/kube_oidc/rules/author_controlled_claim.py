"""Trust rests on a claim that whoever writes the workflow chooses.

`workflow` is the name that a workflow file gives itself, `head_ref` the name of a pull request's
own branch, `actor` whoever did something last. Everybody who can push a branch sets them as they
like. What the issuer writes by itself holds: `workflow_ref` and `job_workflow_ref` have the file's
path and branch. A file that is pinned without its branch, by `startsWith("…/deploy.yaml@")`, is
again whatever somebody pushed.

With people it is `name`, `given_name`, `nickname` and their kin: everybody writes their own profile,
and two may have one name.

Bad: any branch may hold a workflow of this name.

    claimValidationRules:
    - {claim: workflow, requiredValue: deploy}

Good: the file, on the branch that is protected.

    claimValidationRules:
    - claim: workflow_ref
      requiredValue: my-org/site/.github/workflows/deploy.yaml@refs/heads/main
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.field import FieldPath
from kube_oidc.rules.entry import Entry
from kube_oidc.rules.finding import About, Confidence, Finding, Remedy
from kube_oidc.rules.strangers import of_stranger
from kube_oidc.rules.subject import Subject
from kube_oidc.rules.workloads import of_claim

ABOUT: Final = About(
    "author-controlled-claim",
    "A claim that the workflow's author chooses is trusted",
    Severity.WARNING,
    Confidence.MEDIUM,
    "https://docs.github.com/en/actions/reference/security/oidc",
    "services.kube-oidc.issuers.github.trust.workflows = "
    '[ "my-org/site/.github/workflows/deploy.yaml@refs/heads/main" ];',
)
# OpenID Connect Core 1.0, 5.1: what people write into their profile.
_OWN: Final = frozenset(
    {
        "name",
        "given_name",
        "family_name",
        "middle_name",
        "nickname",
        "profile",
        "picture",
        "website",
        "locale",
    }
)
_BRANCH: Final = "refs/heads/"
_ELSEWHERE: Final = "anything"
_STRONGER: Final = ("workflows", "refs", "repositoryIds")


def check(subject: Subject) -> Iterator[Finding]:
    """One finding for every rule, and every name, made of such a claim."""
    for entry in subject.entries:
        yield from _entry(entry) if entry.provider.is_ci else _people(entry)


def _entry(entry: Entry) -> Iterator[Finding]:
    trust = entry.provider.trust
    stronger = ", ".join(trust[what] for what in _STRONGER if what in trust)
    for path, claim in _trusted(entry):
        known = entry.provider.claims.get(claim, {})
        if known.get("userControlled") and claim not in ("aud", "sha", trust.get("refs")):
            message = f"{claim} is chosen by whoever writes the workflow: {known['about']}"
            yield Finding(path, message, Remedy(f"trust what the issuer writes: {stronger}"))
    yield from _on_any_branch(entry)


def _on_any_branch(entry: Entry) -> Iterator[Finding]:
    """A workflow's file is pinned and not its branch: whoever pushes one has a file of this name on it."""
    ref, ordinary = entry.provider.trust.get("refs"), entry.ordinary
    named = [(path, claim) for path, claim in _files(entry) if claim in (ordinary or {})]
    if ref is None or ordinary is None or not named:
        return
    elsewhere = of_claim(entry, ref, _BRANCH + _ELSEWHERE)
    for _, claim in named:
        file = str(ordinary[claim]).partition("@")[0]
        elsewhere = elsewhere | {claim: f"{file}@{_BRANCH}{_ELSEWHERE}"}
    user = entry.user(elsewhere)
    if user is not None and _ELSEWHERE not in user.username:
        path, claim = named[0]
        message = (
            f"{claim} is pinned without its branch: the file as any branch has it becomes {user.username!r}"
        )
        yield Finding(
            path, message, Remedy(f"pin the branch as well: {claim} to its end, or {ref}"), elsewhere
        )


def _files(entry: Entry) -> Iterator[tuple[FieldPath, str]]:
    """The claims that a rule asks for a workflow's file."""
    for read in entry.rules:
        for comparison in read.facts.comparisons:
            if re.search(r"\bya?ml\b", str(comparison.value)) and comparison.operator != "_!=_":
                yield read.path, comparison.place[0]


def _people(entry: Entry) -> Iterator[Finding]:
    """A name that people give themselves makes them somebody else, or lets them in."""
    own = [place[0] for read in entry.expressions for place in read.facts.reads if place[0] in _OWN]
    own += [
        claim for claim in (entry.model.claim_mappings.username.claim, *_required(entry)) if claim in _OWN
    ]
    ordinary = entry.ordinary
    user = entry.user(ordinary) if ordinary is not None else None
    if not own or ordinary is None or user is None:
        return
    names = {claim: ordinary[claim] for claim in own if claim in ordinary}
    listed = ", ".join(sorted(names))
    for other in of_stranger(entry, ordinary):
        was, becomes = entry.user(other), entry.user(other | names)
        if becomes is None:
            continue
        remedy = Remedy("take what the issuer keeps: preferred_username or sub")
        if becomes.username == user.username:
            message = f"whoever calls themselves so ({listed}) becomes {user.username!r}"
            yield Finding(entry.mapping_path("username"), message, remedy, other | names)
        elif was is None:
            message = f"whoever calls themselves so ({listed}) is let in, as {becomes.username!r}"
            yield Finding(entry.path.child("claimValidationRules"), message, remedy, other | names)
        return


def _required(entry: Entry) -> Iterator[str]:
    return (rule.claim for rule in entry.model.claim_validation_rules if rule.claim)


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
