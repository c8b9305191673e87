"""Token can escalate through another resource."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from kube_oidc.diagnostics import Severity
from kube_oidc.rbac import Request
from kube_oidc.rules.engine.finding import Confidence, RuleMetadata
from kube_oidc.rules.engine.grant_finding import GrantFinding, grant_finding
from kube_oidc.rules.engine.grants import Grants, Held
from kube_oidc.rules.grant_escalation_path.paths import PATHS, Path

RULE: Final = RuleMetadata(
    id="grant-escalation-path",
    title="Token can escalate through another resource",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    source="https://kubernetes.io/docs/concepts/security/rbac-good-practices/",
    once_per_binding=True,
)
_ORDER: Final = tuple(Confidence)


class _Open(NamedTuple):
    """A path that a grant has, the request that shows it, and how much it matters there."""

    path: Path
    request: Request
    confidence: Confidence

    def __str__(self) -> str:
        return f"{self.request.verb} {self.path.resource}"


def check(grants: Grants) -> Iterator[GrantFinding]:
    """Reports each grant once, with the most serious path first."""
    for held in grants.held:
        found = (
            [] if held.is_everything else sorted(_paths(held), key=lambda one: _ORDER.index(one.confidence))
        )
        if not found:
            continue
        first, *others = found
        more = f"; it can also {', '.join(map(str, others))}" if others else ""
        message = f"{held.subject} can {first} {held.scope}: {first.path.opens}{more}"
        remedy = "remove the permission, or grant it to people who may change the whole cluster"
        yield grant_finding(held, first.request, message, remedy, first.confidence)


def _paths(held: Held) -> Iterator[_Open]:
    for path in PATHS:
        request = None if path.cluster_scoped and not held.is_cluster_wide else held.first(path.requests)
        if request is None or (path.names and request.name not in ("any", *path.names)):
            continue
        yield _Open(path, request, path.confidence if held.reaches_system else path.elsewhere)
