"""A token may make tokens of service accounts.

`create` on `serviceaccounts/token` asks the API server for a token of any account there, with that
account's rights, for as long as the API server lets it live: longer than the job's own token.

Bad: every account of the namespace.

    rules:
    - {apiGroups: [""], resources: ["serviceaccounts/token"], verbs: ["create"]}

Good: the one account, by its name.

    rules:
    - apiGroups: [""]
      resources: ["serviceaccounts/token"]
      resourceNames: ["deployer"]
      verbs: ["create"]
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
    "grant-service-account-token",
    "A token may make tokens of service accounts",
    Severity.WARNING,
    Confidence.HIGH,
    "https://kubernetes.io/docs/concepts/security/rbac-good-practices/#token-request",
    'services.kube-oidc.grants.site = { issuer = "github"; namespace = "site"; preset = "deploy"; };',
)
_REQUESTS: Final = (Request("create", "", "serviceaccounts", "token", name="any"),)


def check(grants: Grants) -> Iterator[GrantFinding]:
    """One finding for every grant of it without names."""
    for held in grants.held:
        request = None if held.is_everything else held.first(_REQUESTS)
        if request is not None and request.name == "any":
            message = f"{held.whom} may make a token of any service account {held.where}"
            confidence = Confidence.HIGH if held.reaches_system else Confidence.MEDIUM
            yield of(held, request, message, "leave it out, or name the account in resourceNames", confidence)
