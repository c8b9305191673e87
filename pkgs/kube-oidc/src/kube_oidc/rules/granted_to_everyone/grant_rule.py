"""Role bound to every authenticated user."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.rbac import Request
from kube_oidc.rbac.builtin import builtin_bindings
from kube_oidc.rules.engine.finding import Confidence, RuleMetadata
from kube_oidc.rules.engine.grant_finding import GrantFinding
from kube_oidc.rules.engine.grants import EVERYONE, Grants, Held

RULE: Final = RuleMetadata(
    id="granted-to-everyone",
    title="Role bound to every authenticated user",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    source="https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings",
)


def check(grants: Grants) -> Iterator[GrantFinding]:
    """Reports bindings of the group, except the API server's default ones."""
    own = {(binding.name, binding.role_name) for binding in builtin_bindings()}
    for held in grants.held:
        binding, subject = held.grant.binding, held.grant.subject
        if subject.name == EVERYONE and (binding.name, binding.role_name) not in own:
            url = held.entry.model.issuer.url
            message = (
                f"{binding.role_kind} {binding.role_name!r} is bound to every authenticated user, "
                f"including those of {url}"
            )
            confidence = (
                Confidence.HIGH if any(rule.resources for rule in held.grant.rules) else Confidence.LOW
            )
            remedy = "bind it to a group or user of an issuer"
            yield GrantFinding(binding, subject, message, remedy, held, _request(held), confidence)


def _request(held: Held) -> Request | None:
    """Returns a request that the role allows."""
    for rule in held.grant.rules:
        if rule.resources and rule.verbs and rule.api_groups:
            resource, _, subresource = rule.resources[0].partition("/")
            asked = Request(rule.verbs[0], rule.api_groups[0], resource, subresource, name="any")
            return held.first([asked])
    return None
