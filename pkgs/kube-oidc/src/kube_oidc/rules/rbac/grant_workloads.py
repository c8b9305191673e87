"""A token may start what runs as any service account.

Whoever may create or change a Deployment, a Job or a pod chooses the service account it runs as and
the secrets it mounts: all that the namespace has is theirs, and nobody needs to grant it. That is
what deploying is. So a namespace should hold only what its deployer may have; in `kube-system`, or
in the whole cluster, it is the cluster.

Bad: deployments in every namespace.

    kind: ClusterRoleBinding
    roleRef: {kind: ClusterRole, name: deploy-anywhere}

Good: in its own.

    kind: RoleBinding
    metadata: {name: deploy, namespace: site}
    roleRef: {kind: Role, name: deploy}

In a namespace of its own this is told with confidence low, and never fails a check: mind which
service accounts and secrets are there, and give none of them rights of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.rbac import Request
from kube_oidc.rules.finding import About, Confidence
from kube_oidc.rules.rbac.finding import GrantFinding, of
from kube_oidc.rules.rbac.grants import Grants

ABOUT: Final = About(
    "grant-workloads",
    "A token may start what runs as any service account",
    Severity.WARNING,
    Confidence.LOW,
    "https://kubernetes.io/docs/concepts/security/rbac-good-practices/#workload-creation",
    'services.kube-oidc.grants.site = { issuer = "github"; namespace = "site"; preset = "deploy"; };',
)
_CHANGED: Final = ("deployments", "statefulsets", "daemonsets", "replicasets")
_REQUESTS: Final = (
    Request("create", "", "pods", name="any"),
    *(Request(verb, "apps", what, name="any") for what in _CHANGED for verb in ("create", "update", "patch")),
    Request("create", "batch", "jobs", name="any"),
    *(Request(verb, "batch", "cronjobs", name="any") for verb in ("create", "update", "patch")),
    *(Request(verb, "", "replicationcontrollers", name="any") for verb in ("create", "update", "patch")),
)


def check(grants: Grants) -> Iterator[GrantFinding]:
    """One finding for every grant that starts or changes what runs."""
    for held in grants.held:
        request = None if held.is_everything else held.first(_REQUESTS)
        if request is not None:
            message = (
                f"{held.whom} may {request.verb} {request.resource} {held.where}, "
                "and so run as any service account there"
            )
            confidence = Confidence.MEDIUM if held.reaches_system else Confidence.LOW
            remedy = "keep to a namespace of its own, whose service accounts have no rights"
            yield of(held, request, message, remedy, confidence)
