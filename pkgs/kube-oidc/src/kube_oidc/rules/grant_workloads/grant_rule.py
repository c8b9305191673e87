"""Token can run workloads as any service account."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.rbac import Request
from kube_oidc.rules.engine.finding import Confidence, RuleMetadata
from kube_oidc.rules.engine.grant_finding import GrantFinding, grant_finding
from kube_oidc.rules.engine.grants import Grants

RULE: Final = RuleMetadata(
    id="grant-workloads",
    title="Token can run workloads as any service account",
    severity=Severity.WARNING,
    confidence=Confidence.LOW,
    source="https://kubernetes.io/docs/concepts/security/rbac-good-practices/#workload-creation",
    once_per_binding=True,
)
_CHANGED: Final = ("deployments", "statefulsets", "daemonsets", "replicasets")
_REQUESTS: Final = (
    *(Request(verb, "", "pods", name="any") for verb in ("create", "update", "patch")),
    *(Request(verb, "apps", what, name="any") for what in _CHANGED for verb in ("create", "update", "patch")),
    Request("create", "batch", "jobs", name="any"),
    *(Request(verb, "batch", "cronjobs", name="any") for verb in ("create", "update", "patch")),
    *(Request(verb, "", "replicationcontrollers", name="any") for verb in ("create", "update", "patch")),
)


def check(grants: Grants) -> Iterator[GrantFinding]:
    """Reports grants to create or change workloads."""
    for held in grants.held:
        request = None if held.is_everything else held.first(_REQUESTS)
        if request is not None:
            message = (
                f"{held.subject} can {request.verb} {request.resource} {held.scope}, "
                "and so run as any service account there"
            )
            confidence = Confidence.MEDIUM if held.reaches_system else Confidence.LOW
            remedy = "use a separate namespace whose service accounts have no permissions"
            yield grant_finding(held, request, message, remedy, confidence)
