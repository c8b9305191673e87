"""Token can escalate its permissions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
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
        request = held.first([Request(verb, _GROUP, role, name="any")])
        if request is None or request.name != "any" or not _writes(grants, held, _PAIRS[verb][role]):
            continue
        message = f"{held.subject} can {verb} {role} {held.scope}, and so get any permission there"
        yield grant_finding(
            held, request, message, "remove the verb, or list the roles in resourceNames", Confidence.HIGH
        )
        return


def _writes(grants: Grants, held: Held, resources: tuple[str, ...]) -> bool:
    """Can the same user write one of these resources, through any grant?"""
    user = held.user
    requests = (Request(verb, _GROUP, what) for verb, what in product(_WRITING, resources))
    where = held.grant.namespace
    return user is not None and any(
        grants.policy.allows(user, replace(request, namespace=where, name="any")).allowed
        for request in requests
    )
