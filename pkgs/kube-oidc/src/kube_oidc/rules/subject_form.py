"""A subject is pinned in the form that new repositories no longer send.

GitHub writes numbers into the subjects of repositories that were made, renamed or moved after
2026-07-15 (`repo:OWNER@ID/REPO@ID:…`), and Forgejo 16 does so for new repositories
(`repo:OWNER-ID/REPO-ID:…`). A rule about the old form refuses them, from the day of a rename on
without any change here.

Bad: the old form alone.

    claimValidationRules:
    - expression: claims.sub == "repo:my-org/site:ref:refs/heads/main"

Good: claims that stay as they are.

    claimValidationRules:
    - {claim: repository_id, requiredValue: "74"}
    - {claim: ref, requiredValue: refs/heads/main}
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.field import FieldPath
from kube_oidc.rules.entry import Entry
from kube_oidc.rules.finding import About, Confidence, Finding, Remedy
from kube_oidc.rules.subject import Subject

ABOUT: Final = About(
    "subject-form",
    "A pinned subject that a rename changes",
    Severity.INFO,
    Confidence.LOW,
    "https://github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens/",
    'services.kube-oidc.issuers.github.trust = { repositoryIds = [ "74" ]; refs = [ "refs/heads/main" ]; };',
)
_OLD: Final = re.compile(r"\^?repo:[^@:/]+/")
_PROVIDERS: Final = ("github", "forgejo")


def check(subject: Subject) -> Iterator[Finding]:
    """One finding for every rule that pins a repository by the old form of `sub`."""
    for entry in subject.entries:
        if entry.provider.id in _PROVIDERS:
            for path, text in _pinned(entry):
                if _OLD.match(text):
                    message = f"{text!r} fits no subject of a repository that is made or renamed today"
                    remedy = Remedy("pin repository_id and ref, which stay, or accept both forms")
                    yield Finding(path, message, remedy)


def _pinned(entry: Entry) -> Iterator[tuple[FieldPath, str]]:
    for position, rule in enumerate(entry.model.claim_validation_rules):
        if rule.claim == "sub":
            path = entry.path.child("claimValidationRules").index(position).child("requiredValue")
            yield path, rule.required_value
    for read in entry.rules:
        for comparison in read.facts.comparisons:
            if comparison.place == ("sub",) and isinstance(comparison.value, str):
                yield read.path, comparison.value
