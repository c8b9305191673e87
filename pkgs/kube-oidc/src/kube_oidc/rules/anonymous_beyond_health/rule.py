"""Anonymous requests allowed beyond the health checks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.field import FieldPath
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.finding import Confidence, Finding, Remedy, RuleMetadata

RULE: Final = RuleMetadata(
    id="anonymous-beyond-health",
    title="Anonymous requests allowed beyond the health checks",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    source="https://kubernetes.io/docs/reference/access-authn-authz/authentication/#anonymous-authenticator-configuration",
    has_proof=False,
)
_HEALTH: Final = ("/livez", "/readyz", "/healthz")
# The API server's signing keys and version are public by its default RBAC and contain no secret.
_PUBLIC: Final = ("/.well-known/openid-configuration", "/openid/v1/jwks", "/version", "/version/")
_REMEDY: Final = Remedy(
    "anonymous:\n    enabled: true\n    conditions:\n" + "\n".join(f"    - path: {path}" for path in _HEALTH)
)


def check(config: ConfigUnderReview) -> Iterator[Finding]:
    """Reports missing conditions, or each path that is not a health check."""
    anonymous = config.configuration.anonymous
    if anonymous is None or not anonymous.enabled:
        return
    path = FieldPath(("anonymous",))
    if not anonymous.conditions:
        message = "anonymous requests are accepted on every path, as system:anonymous"
        yield Finding(path.child("enabled"), message, _REMEDY)
    for position, condition in enumerate(anonymous.conditions):
        if condition.startswith(tuple(f"{health}/" for health in _HEALTH)) or condition in _HEALTH:
            continue
        place = path.child("conditions").index(position).child("path")
        message = f"anonymous requests are accepted on {condition!r}"
        yield Finding(place, message, _REMEDY, confidence=Confidence.LOW if condition in _PUBLIC else None)
