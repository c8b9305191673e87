"""Token can impersonate other users."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.rbac import Request
from kube_oidc.rules.engine.finding import Confidence, RuleMetadata
from kube_oidc.rules.engine.grant_finding import GrantFinding, grant_finding
from kube_oidc.rules.engine.grants import Grants, Held

RULE: Final = RuleMetadata(
    id="grant-impersonation",
    title="Token can impersonate other users",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    source="https://kubernetes.io/docs/concepts/security/rbac-good-practices/#impersonate-verb",
    once_per_binding=True,
)
_CONSTRAINED: Final = "authentication.k8s.io"  # KEP 5284, on by default since Kubernetes 1.36
# Users, groups and nodes are cluster-scoped: a RoleBinding can't grant them.
_CLUSTER: Final = (
    *(Request("impersonate", "", what, name="any") for what in ("groups", "users")),
    *(Request("impersonate:user-info", _CONSTRAINED, what, name="any") for what in ("groups", "users")),
    Request("impersonate:arbitrary-node", _CONSTRAINED, "nodes", name="any"),
)
_ACCOUNTS: Final = (
    Request("impersonate", "", "serviceaccounts", name="any"),
    Request("impersonate:serviceaccount", _CONSTRAINED, "serviceaccounts", name="any"),
)
_POWERFUL: Final = tuple(
    Request("impersonate", "", what, name=name)
    for what, name in (
        ("groups", "system:masters"),
        ("groups", "system:nodes"),
        ("users", "kubernetes-admin"),
    )
)
_ON: Final = "impersonate-on:"
_REMEDY: Final = "remove it, or list the subjects in resourceNames"


def check(grants: Grants) -> Iterator[GrantFinding]:
    """Reports grants of impersonate without resourceNames, and what constrained impersonation may do."""
    for held in grants.held:
        if not held.is_everything:
            yield from _grant(held)


def _grant(held: Held) -> Iterator[GrantFinding]:
    confidence = Confidence.HIGH if held.reaches_system else Confidence.MEDIUM
    request = held.first((*_CLUSTER, *_ACCOUNTS) if held.is_cluster_wide else _ACCOUNTS)
    named = held.first(_POWERFUL) if held.is_cluster_wide else None
    if request is not None and request.name == "any":
        limit = f" ({request.verb})" if ":" in request.verb else ""
        message = f"{held.subject} can impersonate all {request.resource} {held.scope}{limit}"
        yield grant_finding(held, request, message, _REMEDY, confidence)
    elif named is not None:
        message = f"{held.subject} can impersonate {named.name!r}"
        yield grant_finding(held, named, message, "remove it", confidence)
    elif (acting := _acting(held)) is not None:
        message = (
            f"{held.subject} can {acting.verb} on {acting.resource} {held.scope}: "
            "as any user that it may impersonate:…, whose permissions it doesn't need itself"
        )
        remedy = "remove the verb; it has no other use than impersonation"
        yield grant_finding(held, acting, message, remedy, Confidence.MEDIUM)


def _acting(held: Held) -> Request | None:
    """Returns a request of its grant that constrained impersonation is checked with; None if there is none."""
    for rule in held.grant.rules:
        verb = next((verb for verb in rule.verbs if verb.startswith(_ON)), None)
        if verb is not None and rule.resources and rule.api_groups:
            resource, _, subresource = rule.resources[0].partition("/")
            return held.first([Request(verb, rule.api_groups[0], resource, subresource, name="any")])
    return None
