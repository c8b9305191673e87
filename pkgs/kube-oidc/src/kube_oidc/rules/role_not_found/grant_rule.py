"""Binding to a role that doesn't exist."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.rbac import Binding
from kube_oidc.rules.engine.finding import Confidence, RuleMetadata
from kube_oidc.rules.engine.grant_finding import GrantFinding
from kube_oidc.rules.engine.grants import Grants

RULE: Final = RuleMetadata(
    id="role-not-found",
    title="Binding to a role that doesn't exist",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    source="https://kubernetes.io/docs/reference/access-authn-authz/rbac/#rolebinding-and-clusterrolebinding",
    has_proof=False,
    once_per_binding=True,
)
_MAX_NAME_CHARACTERS: Final = 100


def check(grants: Grants) -> Iterator[GrantFinding]:
    """Reports bindings of the issuers' users and groups whose role is neither in the files nor built in."""
    for held in grants.held:
        if held.grant.role is not None:
            continue
        binding = held.grant.binding
        where = f" in namespace {binding.namespace!r}" if binding.role_kind == "Role" else ""
        message = (
            f"{held.subject} gets nothing: {binding.role_kind} {binding.role_name!r} isn't in these files"
            f"{where} and isn't built into Kubernetes"
        )
        yield GrantFinding(binding, held.grant.subject, message, _remedy(grants, binding))


def _remedy(grants: Grants, binding: Binding) -> str:
    """The reference to write: to a role of the same name elsewhere, to a similar one, or to a new one."""
    head = "apiGroup: rbac.authorization.k8s.io"
    cluster = binding.role_name if ("", binding.role_name) in grants.policy.roles else ""
    if binding.role_kind == "Role" and cluster:
        return (
            f"there is a ClusterRole of this name:\n  roleRef: {{{head}, kind: ClusterRole, name: {cluster}}}"
        )
    namespace = binding.namespace if binding.role_kind == "Role" else ""
    known = [name for place, name in grants.policy.roles if place == namespace]
    near = difflib.get_close_matches(binding.role_name[:_MAX_NAME_CHARACTERS], known, n=1)
    if near:
        return f"did you mean {near[0]!r}?\n  roleRef: {{{head}, kind: {binding.role_kind}, name: {near[0]}}}"
    return "add the role, or name its file with --rbac; a roleRef can't be changed later, only recreated"
