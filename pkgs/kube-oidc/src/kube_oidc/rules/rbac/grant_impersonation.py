"""A token may act as somebody else.

`impersonate` on users and groups makes a request count as another's: with groups, as one of
`system:masters`, who may do everything. On service accounts it takes over whatever runs as them.

Bad: any user, any group.

    rules:
    - {apiGroups: [""], resources: ["users", "groups"], verbs: ["impersonate"]}

Good: the one account, by its name.

    rules:
    - apiGroups: [""]
      resources: ["serviceaccounts"]
      resourceNames: ["deployer"]
      verbs: ["impersonate"]
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
    "grant-impersonation",
    "A token may act as somebody else",
    Severity.WARNING,
    Confidence.HIGH,
    "https://kubernetes.io/docs/concepts/security/rbac-good-practices/#impersonate-verb",
    'services.kube-oidc.grants.site = { issuer = "github"; namespace = "site"; preset = "deploy"; };',
)
# Users and groups are in no namespace: a RoleBinding does not reach them.
_CLUSTER: Final = tuple(Request("impersonate", "", what, name="any") for what in ("groups", "users"))
_ACCOUNTS: Final = (Request("impersonate", "", "serviceaccounts", name="any"),)


def check(grants: Grants) -> Iterator[GrantFinding]:
    """One finding for every grant of impersonate without names."""
    for held in grants.held:
        requests = (*_CLUSTER, *_ACCOUNTS) if held.is_cluster_wide else _ACCOUNTS
        request = None if held.is_everything else held.first(requests)
        if request is not None and request.name == "any":
            message = f"{held.whom} may act as any of the {request.resource} {held.where}"
            confidence = Confidence.HIGH if held.reaches_system else Confidence.MEDIUM
            yield of(held, request, message, "leave it out, or name whom in resourceNames", confidence)
