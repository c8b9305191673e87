"""Token can escalate its permissions."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.rbac import Request
from kube_oidc.rules.engine.finding import Confidence, RuleMetadata
from kube_oidc.rules.engine.grant_finding import GrantFinding, grant_finding
from kube_oidc.rules.engine.grants import Grants, Held

RULE: Final = RuleMetadata(
    id="grant-escalation",
    title="Token can escalate its permissions",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    source="https://kubernetes.io/docs/concepts/security/rbac-good-practices/#escalate-verb",
    once_per_binding=True,
)
_GROUP: Final = "rbac.authorization.k8s.io"
_ROLES: Final = ("clusterroles", "roles")
_WRITING: Final = ("create", "update", "patch")
_ADMIN: Final = "cluster-admin"
# Verb → role kind → resources that must be writable for the verb to matter.
_PAIRS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "escalate": {"clusterroles": ("clusterroles",), "roles": ("roles",)},
    "bind": {"clusterroles": ("clusterrolebindings", "rolebindings"), "roles": ("rolebindings",)},
}


def check(grants: Grants) -> Iterator[GrantFinding]:
    """Reports grants of escalate or bind that the user can make use of."""
    for held in grants.held:
        if not held.is_everything:
            yield from _grant(grants, held)


def _grant(grants: Grants, held: Held) -> Iterator[GrantFinding]:
    for verb, role in product(_PAIRS, _ROLES):
        request = held.first([Request(verb, _GROUP, role, name=name) for name in (_ADMIN, "any")])
        is_enough = request is not None and (verb == "escalate" or request.name in (_ADMIN, "any"))
        if request is None or not is_enough or not _writes(grants, held, _PAIRS[verb][role], request.name):
            continue
        message = f"{held.subject} can {verb} {role} {held.scope}, and so get any permission there"
        yield grant_finding(
            held,
            request,
            message,
            "remove the verb, or bind only harmless roles, listed in resourceNames",
            Confidence.HIGH,
        )
        return


def _writes(grants: Grants, held: Held, resources: tuple[str, ...], role: str) -> bool:
    """Can the same user write one of these resources, or the role of this name, through any grant?"""
    user = held.user
    requests = (
        Request(verb, _GROUP, what, name=name, namespace=held.grant.namespace)
        for verb, what, name in product(_WRITING, resources, ("any", role))
    )
    return user is not None and any(grants.policy.allows(user, request).allowed for request in requests)
