"""Token has full access."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.rbac import Request
from kube_oidc.rules.engine.finding import Confidence, RuleMetadata
from kube_oidc.rules.engine.grant_finding import GrantFinding, grant_finding
from kube_oidc.rules.engine.grants import Grants

RULE: Final = RuleMetadata(
    id="grant-everything",
    title="Token has full access",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    source="https://kubernetes.io/docs/concepts/security/rbac-good-practices/#least-privilege",
    once_per_binding=True,
)
_REQUEST: Final = Request("delete", "", "secrets", name="any")


def check(grants: Grants) -> Iterator[GrantFinding]:
    """Reports grants of everything."""
    for held in grants.held:
        if held.is_everything:
            role = held.grant.binding.role_name
            message = f"{held.subject} has full access {held.scope} through {role!r}"
            confidence = Confidence.HIGH if held.reaches_system else Confidence.MEDIUM
            remedy = "grant only the verbs and resources that are used, in their namespace"
            yield grant_finding(held, held.first([_REQUEST]), message, remedy, confidence)
