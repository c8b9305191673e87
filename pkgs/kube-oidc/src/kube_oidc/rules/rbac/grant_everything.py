"""A token may do everything.

`cluster-admin`, or a role with `*` for verbs, API groups and resources, is the whole cluster: its
secrets, its nodes, its RBAC. A CI job that has it hands it to whoever can change the workflow, an
action that it uses, or a package that it builds. In one namespace it is everything there is in it.

Bad: the role that comes with every cluster.

    kind: ClusterRoleBinding
    roleRef: {kind: ClusterRole, name: cluster-admin}

Good: what the job does, in the namespace where it does it.

    kind: RoleBinding
    metadata: {name: deploy, namespace: site}
    roleRef: {kind: Role, name: deploy}

People who administer the cluster may be meant to have it: of issuers of people it is told with
confidence low.
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
    "grant-everything",
    "A token may do everything",
    Severity.WARNING,
    Confidence.HIGH,
    "https://kubernetes.io/docs/concepts/security/rbac-good-practices/#least-privilege",
    'services.kube-oidc.grants.site = { issuer = "github"; namespace = "site"; preset = "deploy"; };',
)
_REQUEST: Final = Request("delete", "", "secrets", name="any")


def check(grants: Grants) -> Iterator[GrantFinding]:
    """One finding for every grant with no bounds."""
    for held in grants.held:
        if held.is_everything:
            role = held.grant.binding.role_name
            message = f"{held.whom} may do everything {held.where}, by {role!r}"
            confidence = Confidence.HIGH if held.reaches_system else Confidence.MEDIUM
            remedy = "grant the verbs and resources that are used, in their namespace"
            yield of(held, held.first([_REQUEST]), message, remedy, confidence)
