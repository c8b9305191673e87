"""Probable typo in a subject."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.rules.engine.closest_subject import closest_known_subject
from kube_oidc.rules.engine.finding import Confidence, RuleMetadata
from kube_oidc.rules.engine.grant_finding import GrantFinding
from kube_oidc.rules.engine.grants import Grants

RULE: Final = RuleMetadata(
    id="subject-misspelt",
    title="Probable typo in a subject",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    source="https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-subjects",
    has_proof=False,
)


def check(grants: Grants) -> Iterator[GrantFinding]:
    """Reports subjects that no token has, if a very similar one exists."""
    for binding, subject in grants.unreachable_subjects:
        if (subject.kind, subject.name) in grants.undecided:
            continue
        other = closest_known_subject(grants, subject.kind, subject.name)
        if other is not None:
            message = f"no token has the {subject.kind} {subject.name!r}; did you mean {other!r}?"
            yield GrantFinding(binding, subject, message, f'write name: "{other}"')
