"""Trust in a claim that the workflow's author controls."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.field import FieldPath
from kube_oidc.rules.engine.attackers import attacker_claims
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.finding import Confidence, Finding, Remedy, RuleMetadata
from kube_oidc.rules.engine.issuer import IssuerUnderReview
from kube_oidc.rules.engine.workloads import of_claim

RULE: Final = RuleMetadata(
    id="author-controlled-claim",
    title="Trust in a claim that the workflow's author controls",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    source="https://docs.github.com/en/actions/reference/security/oidc",
    has_proof=False,
)
# OpenID Connect Core 1.0, 5.1: claims that users edit in their profile.
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
_OTHER_BRANCH: Final = "anything"
# Anyone who can push chooses these too, and a rule on them says which pushes count.
_PINNED: Final = ("refs", "environments")
_STRONGER: Final = ("workflows", "refs", "repositoryIds")


def check(config: ConfigUnderReview) -> Iterator[Finding]:
    """Reports each rule and mapping that relies on such a claim."""
    for entry in config.entries:
        yield from _entry(entry) if entry.provider.is_ci else _people(entry)


def _entry(entry: IssuerUnderReview) -> Iterator[Finding]:
    trust = entry.provider.trust
    stronger = ", ".join(trust[what] for what in _STRONGER if what in trust)
    pinned = {"aud", "sha", "ref", "ref_type", *(trust[what] for what in _PINNED if what in trust)}
    for path, claim in _trusted(entry):
        known = entry.provider.claims.get(claim, {})
        if entry.provider.is_user_controlled(claim) and claim not in pinned:
            message = f"{claim} is controlled by the author of the workflow: {known['about']}"
            yield Finding(path, message, Remedy(f"use claims that the issuer sets: {stronger}"))
    yield from _on_any_branch(entry)


def _on_any_branch(entry: IssuerUnderReview) -> Iterator[Finding]:
    """Reports a pinned workflow file without a pinned branch: any branch can contain a file of that name."""
    ref, sample_claims = entry.provider.trust.get("refs"), entry.sample_claims
    named = [(path, claim) for path, claim in _files(entry) if claim in (sample_claims or {})]
    if ref is None or sample_claims is None or not named:
        return
    other_branch = of_claim(entry, ref, _BRANCH + _OTHER_BRANCH)
    for _, claim in named:
        file = str(sample_claims[claim]).partition("@")[0]
        other_branch = other_branch | {claim: f"{file}@{_BRANCH}{_OTHER_BRANCH}"}
    user, usual = entry.user(other_branch), entry.user(sample_claims)
    if user is None or usual is None:
        return
    is_same_group = bool(user.groups) and user.groups == usual.groups
    if is_same_group or _OTHER_BRANCH not in user.username:
        path, claim = named[0]
        gets = f"the group {user.groups[0]!r}" if is_same_group else f"the user name {user.username!r}"
        message = f"{claim} is pinned without its branch: the file on any branch gets {gets}"
        yield Finding(path, message, Remedy(f"pin the branch too: the whole {claim}, or {ref}"), other_branch)


def _files(entry: IssuerUnderReview) -> Iterator[tuple[FieldPath, str]]:
    """Yields the claims that rules compare with a workflow file."""
    for read in entry.rules:
        for comparison in read.facts.comparisons:
            if re.search(r"\bya?ml\b", str(comparison.value)) and comparison.operator != "_!=_":
                yield read.path, comparison.place[0]


def _people(entry: IssuerUnderReview) -> Iterator[Finding]:
    """Reports profile claims that decide the user name, or who is accepted."""
    own = [place[0] for read in entry.expressions for place in read.facts.reads if place[0] in _OWN]
    own += [
        claim for claim in (entry.model.claim_mappings.username.claim, *_required(entry)) if claim in _OWN
    ]
    sample_claims = entry.sample_claims
    user = entry.user(sample_claims) if sample_claims is not None else None
    if not own or sample_claims is None or user is None:
        return
    names = {claim: sample_claims[claim] for claim in own if claim in sample_claims}
    listed = ", ".join(sorted(names))
    for other in attacker_claims(entry, sample_claims):
        was, becomes = entry.user(other), entry.user(other | names)
        if becomes is None:
            continue
        remedy = Remedy("use a claim that the issuer controls: preferred_username or sub")
        if becomes.username == user.username:
            message = (
                f"anyone who sets their own {listed} to the same value gets the user name {user.username!r}"
            )
            yield Finding(entry.mapping_path("username"), message, remedy, other | names)
        elif was is None:
            message = (
                f"anyone who sets their own {listed} to the same value is accepted, as {becomes.username!r}"
            )
            yield Finding(entry.path.child("claimValidationRules"), message, remedy, other | names)
        return


def _required(entry: IssuerUnderReview) -> Iterator[str]:
    return (rule.claim for rule in entry.model.claim_validation_rules if rule.claim)


def _trusted(entry: IssuerUnderReview) -> Iterator[tuple[FieldPath, str]]:
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
