"""Requests without any credential are let further than to the health checks.

With `anonymous.enabled: true` and no conditions, a request without a token becomes
`system:anonymous` for every path, and one binding of `system:anonymous` or `system:unauthenticated`
too many opens the cluster to the network. With conditions only these paths take such requests. Load
balancers and probes need `/livez`, `/readyz` and `/healthz`.

Bad: every path.

    anonymous:
      enabled: true

Good: the health checks.

    anonymous:
      enabled: true
      conditions:
      - path: /livez
      - path: /readyz
      - path: /healthz
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.field import FieldPath
from kube_oidc.rules.finding import About, Confidence, Finding, Remedy
from kube_oidc.rules.subject import Subject

ABOUT: Final = About(
    "anonymous-beyond-health",
    "Anonymous requests beyond the health checks",
    Severity.WARNING,
    Confidence.HIGH,
    "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#anonymous-authenticator-configuration",
    "services.kube-oidc.anonymous = "
    '{ enabled = true; conditions = [ { path = "/livez"; } { path = "/readyz"; } { path = '
    '"/healthz"; } ]; };',
)
_HEALTH: Final = ("/livez", "/readyz", "/healthz")
# The API server's own keys and version are public by its default RBAC, and hold no secret.
_PUBLIC: Final = ("/.well-known/openid-configuration", "/openid/v1/jwks", "/version", "/version/")
_REMEDY: Final = Remedy(
    "anonymous:\n    enabled: true\n    conditions:\n" + "\n".join(f"    - path: {path}" for path in _HEALTH)
)


def check(subject: Subject) -> Iterator[Finding]:
    """One finding for no conditions at all, or one for each path beyond the health checks."""
    anonymous = subject.configuration.anonymous
    if anonymous is None or not anonymous.enabled:
        return
    path = FieldPath(("anonymous",))
    if not anonymous.conditions:
        message = "requests without a credential are let in on every path, as system:anonymous"
        yield Finding(path.child("enabled"), message, _REMEDY)
    for position, condition in enumerate(anonymous.conditions):
        if condition.startswith(tuple(f"{health}/" for health in _HEALTH)) or condition in _HEALTH:
            continue
        place = path.child("conditions").index(position).child("path")
        message = f"requests without a credential are let in on {condition!r}"
        yield Finding(place, message, _REMEDY, confidence=Confidence.LOW if condition in _PUBLIC else None)
