"""Token can run commands in pods."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.rbac import Request
from kube_oidc.rules.engine.finding import Confidence, RuleMetadata
from kube_oidc.rules.engine.grant_finding import GrantFinding, grant_finding
from kube_oidc.rules.engine.grants import Grants

RULE: Final = RuleMetadata(
    id="grant-exec",
    title="Token can run commands in pods",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    source="https://kubernetes.io/docs/concepts/security/rbac-good-practices/#workload-creation",
    once_per_binding=True,
)
_REQUESTS: Final = (
    *(Request(verb, "", "pods", "exec", name="any") for verb in ("create", "get")),
    *(Request(verb, "", "pods", "attach", name="any") for verb in ("create", "get")),
    *(Request(verb, "", "pods", "ephemeralcontainers", name="any") for verb in ("patch", "update")),
)
_NODES: Final = tuple(Request(verb, "", "nodes", "proxy", name="any") for verb in ("create", "get"))


def check(grants: Grants) -> Iterator[GrantFinding]:
    """Reports grants of a shell in pods."""
    for held in grants.held:
        requests = (*_REQUESTS, *_NODES) if held.is_cluster_wide else _REQUESTS
        request = None if held.is_everything else held.first(requests)
        if request is not None:
            resource = f"{request.resource}/{request.subresource}"
            message = f"{held.subject} can run commands in pods {held.scope} through {resource}"
            confidence = Confidence.HIGH if held.reaches_system else Confidence.MEDIUM
            yield grant_finding(
                held, request, message, "remove it; pods/log is enough to read logs", confidence
            )
