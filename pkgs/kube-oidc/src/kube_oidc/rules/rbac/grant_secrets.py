"""A token may read secrets.

What is in a secret opens other doors: a registry, a database, a certificate's key, the token of an
older service account. `list` and `watch` show the contents as well as `get` does.

Bad: every secret of the namespace.

    rules:
    - {apiGroups: [""], resources: ["secrets"], verbs: ["get", "list"]}

Good: none; or one, by its name.

    rules:
    - {apiGroups: [""], resources: ["secrets"], resourceNames: ["site-tls"], verbs: ["get"]}
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
    "grant-secrets",
    "A token may read secrets",
    Severity.WARNING,
    Confidence.HIGH,
    "https://kubernetes.io/docs/concepts/security/rbac-good-practices/#listing-secrets",
    'services.kube-oidc.grants.site = { issuer = "github"; namespace = "site"; preset = "view"; };',
)
_REQUESTS: Final = (
    Request("list", "", "secrets"),
    Request("watch", "", "secrets"),
    Request("get", "", "secrets", name="any"),
)


def check(grants: Grants) -> Iterator[GrantFinding]:
    """One finding for every grant that reads secrets it does not name."""
    for held in grants.held:
        request = None if held.is_everything else held.first(_REQUESTS)
        if request is not None and request.name in ("", "any"):
            message = f"{held.whom} may {request.verb} secrets {held.where}"
            confidence = Confidence.HIGH if held.reaches_system else Confidence.MEDIUM
            yield of(held, request, message, "leave secrets out, or name the one that is needed", confidence)
