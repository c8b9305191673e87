"""Token can create service account tokens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.rbac import Request
from kube_oidc.rules.engine.finding import Confidence, RuleMetadata
from kube_oidc.rules.engine.grant_finding import GrantFinding, grant_finding
from kube_oidc.rules.engine.grants import Grants

RULE: Final = RuleMetadata(
    id="grant-service-account-token",
    title="Token can create service account tokens",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    source="https://kubernetes.io/docs/concepts/security/rbac-good-practices/#token-request",
    once_per_binding=True,
)
_REQUESTS: Final = (Request("create", "", "serviceaccounts", "token", name="any"),)


def check(grants: Grants) -> Iterator[GrantFinding]:
    """Reports grants to create tokens without resourceNames."""
    for held in grants.held:
        request = None if held.is_everything else held.first(_REQUESTS)
        if request is not None and request.name == "any":
            message = f"{held.subject} can create a token for any service account {held.scope}"
            confidence = Confidence.HIGH if held.reaches_system else Confidence.MEDIUM
            yield grant_finding(
                held, request, message, "remove it, or list the service account in resourceNames", confidence
            )
