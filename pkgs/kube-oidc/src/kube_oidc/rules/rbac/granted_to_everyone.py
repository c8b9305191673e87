"""Something is bound to every token that is accepted.

`system:authenticated` holds every user of every issuer, every service account and every
certificate. What is bound to it is granted to all that this file lets in, today and with the next
issuer that is added: with a shared issuer, to strangers.

Bad: everyone reads.

    kind: ClusterRoleBinding
    subjects: [{kind: Group, name: "system:authenticated", apiGroup: rbac.authorization.k8s.io}]

Good: those who are meant.

    subjects: [{kind: Group, name: "sso:developers", apiGroup: rbac.authorization.k8s.io}]

What every API server binds by itself (`system:basic-user`, `system:discovery`,
`system:public-info-viewer`) is not told.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.rbac import Request, builtin
from kube_oidc.rules.finding import About, Confidence
from kube_oidc.rules.rbac.finding import GrantFinding
from kube_oidc.rules.rbac.grants import EVERYONE, Grants, Held

ABOUT: Final = About(
    "granted-to-everyone",
    "Bound to every token that is accepted",
    Severity.WARNING,
    Confidence.HIGH,
    "https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings",
    'services.kube-oidc.grants.site = { issuer = "sso"; group = "sso:developers"; '
    'namespace = "site"; preset = "view"; };',
)


def check(grants: Grants) -> Iterator[GrantFinding]:
    """One finding for every binding of the group that is not Kubernetes' own."""
    own = {(binding.name, binding.role_name) for binding in builtin().bindings}
    for held in grants.held:
        binding, subject = held.grant.binding, held.grant.subject
        if subject.name == EVERYONE and (binding.name, binding.role_name) not in own:
            url = held.entry.model.issuer.url
            message = f"{binding.role_kind} {binding.role_name!r} is bound to every token, those of {url} among them"
            confidence = (
                Confidence.HIGH if any(rule.resources for rule in held.grant.rules) else Confidence.LOW
            )
            remedy = "bind it to a group or user that an issuer makes"
            yield GrantFinding(binding, subject, message, remedy, held, _request(held), confidence)


def _request(held: Held) -> Request | None:
    """Something that the role allows."""
    for rule in held.grant.rules:
        if rule.resources and rule.verbs and rule.api_groups:
            resource, _, subresource = rule.resources[0].partition("/")
            asked = Request(rule.verbs[0], rule.api_groups[0], resource, subresource, name="any")
            return held.first([asked])
    return None
