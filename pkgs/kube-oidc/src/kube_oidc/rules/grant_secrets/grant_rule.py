"""Token can read secrets, or create ones that are credentials."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.rbac import Request
from kube_oidc.rules.engine.finding import Confidence, RuleMetadata
from kube_oidc.rules.engine.grant_finding import GrantFinding, grant_finding
from kube_oidc.rules.engine.grants import Grants

RULE: Final = RuleMetadata(
    id="grant-secrets",
    title="Token can read secrets, or create ones that are credentials",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    source="https://kubernetes.io/docs/concepts/security/rbac-good-practices/#listing-secrets",
    once_per_binding=True,
)
_REQUESTS: Final = (
    Request("list", "", "secrets"),
    Request("watch", "", "secrets"),
    Request("get", "", "secrets", name="any"),
)
_CREATE: Final = (Request("create", "", "secrets", name="any"),)


def check(grants: Grants) -> Iterator[GrantFinding]:
    """Reports grants to read secrets without resourceNames, and to create secrets."""
    for held in grants.held:
        request = None if held.is_everything else held.first(_REQUESTS)
        if request is not None and request.name in ("", "any"):
            message = f"{held.subject} can {request.verb} secrets {held.scope}"
            confidence = Confidence.HIGH if held.reaches_system else Confidence.MEDIUM
            yield grant_finding(
                held,
                request,
                message,
                "remove secrets, or list the ones that are needed in resourceNames",
                confidence,
            )
        elif not held.is_everything and (created := held.first(_CREATE)) is not None:
            opens = "so get a token of any service account" + (
                ", or join a node with a bootstrap token" if held.reaches_system else ""
            )
            message = f"{held.subject} can create secrets {held.scope}, and {opens}"
            confidence = Confidence.MEDIUM if held.reaches_system else Confidence.LOW
            remedy = "remove the verb, or grant update on the secrets listed in resourceNames"
            yield grant_finding(held, created, message, remedy, confidence)
