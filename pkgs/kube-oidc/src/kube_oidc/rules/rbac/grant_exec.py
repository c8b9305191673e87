"""A token may run commands in pods.

`pods/exec` and `pods/attach` are a shell in whatever runs: its files, its secrets, the token of its
service account. `nodes/proxy` is the same for every pod of a node, past the API server's admission
and audit.

Bad: a shell in every pod of the namespace.

    rules:
    - {apiGroups: [""], resources: ["pods/exec"], verbs: ["create"]}

Good: to see what runs, logs are enough.

    rules:
    - {apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch"]}
    - {apiGroups: [""], resources: ["pods/log"], verbs: ["get"]}
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
    "grant-exec",
    "A token may run commands in pods",
    Severity.WARNING,
    Confidence.MEDIUM,
    "https://kubernetes.io/docs/concepts/security/rbac-good-practices/#workload-creation",
    'services.kube-oidc.grants.site = { issuer = "github"; namespace = "site"; preset = "view"; };',
)
_REQUESTS: Final = (
    *(Request(verb, "", "pods", "exec", name="any") for verb in ("create", "get")),
    *(Request(verb, "", "pods", "attach", name="any") for verb in ("create", "get")),
)
_NODES: Final = tuple(Request(verb, "", "nodes", "proxy", name="any") for verb in ("create", "get"))


def check(grants: Grants) -> Iterator[GrantFinding]:
    """One finding for every grant of a shell in pods."""
    for held in grants.held:
        requests = (*_REQUESTS, *_NODES) if held.is_cluster_wide else _REQUESTS
        request = None if held.is_everything else held.first(requests)
        if request is not None:
            message = f"{held.whom} may run commands in pods {held.where}, by {request.resource}/{request.subresource}"
            confidence = Confidence.HIGH if held.reaches_system else Confidence.MEDIUM
            yield of(held, request, message, "leave it out: pods/log shows what runs", confidence)
