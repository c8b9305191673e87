"""Token can impersonate other users."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.rbac import Request
from kube_oidc.rules.engine.finding import Confidence, RuleMetadata
from kube_oidc.rules.engine.grant_finding import GrantFinding, grant_finding
from kube_oidc.rules.engine.grants import Grants

RULE: Final = RuleMetadata(
    id="grant-impersonation",
    title="Token can impersonate other users",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    source="https://kubernetes.io/docs/concepts/security/rbac-good-practices/#impersonate-verb",
    once_per_binding=True,
)
# Users and groups are cluster-scoped: a RoleBinding can't grant them.
_CLUSTER: Final = tuple(Request("impersonate", "", what, name="any") for what in ("groups", "users"))
_ACCOUNTS: Final = (Request("impersonate", "", "serviceaccounts", name="any"),)


def check(grants: Grants) -> Iterator[GrantFinding]:
    """Reports grants of impersonate without resourceNames."""
    for held in grants.held:
        requests = (*_CLUSTER, *_ACCOUNTS) if held.is_cluster_wide else _ACCOUNTS
        request = None if held.is_everything else held.first(requests)
        if request is not None and request.name == "any":
            message = f"{held.subject} can impersonate all {request.resource} {held.scope}"
            confidence = Confidence.HIGH if held.reaches_system else Confidence.MEDIUM
            yield grant_finding(
                held, request, message, "remove it, or list the subjects in resourceNames", confidence
            )
