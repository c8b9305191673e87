"""A star in a rule grants what nobody thought of.

`resources: ["*"]` has secrets in it, and `serviceaccounts/token`, and every resource that an
operator installs next year; `verbs: ["*"]` has `escalate`, `bind` and `impersonate` in it. A list
says what is meant.

Bad: all of the group, now and later.

    rules:
    - {apiGroups: ["apps"], resources: ["*"], verbs: ["get", "list", "patch"]}

Good: what is used.

    rules:
    - {apiGroups: ["apps"], resources: ["deployments"], verbs: ["get", "list", "watch", "patch"]}
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.rbac import Request, Rule
from kube_oidc.rules.finding import About, Confidence
from kube_oidc.rules.rbac.finding import GrantFinding, of
from kube_oidc.rules.rbac.grants import Grants, Held

ABOUT: Final = About(
    "grant-wildcard",
    "A star in a rule",
    Severity.WARNING,
    Confidence.MEDIUM,
    "https://kubernetes.io/docs/concepts/security/rbac-good-practices/#least-privilege",
    'services.kube-oidc.grants.site = { issuer = "github"; namespace = "site"; preset = "deploy"; };',
)
_STAR: Final = "*"
_READING: Final = frozenset({"get", "list", "watch"})
_FIELDS: Final = (("verbs", "verbs"), ("api_groups", "apiGroups"), ("resources", "resources"))


def check(grants: Grants) -> Iterator[GrantFinding]:
    """One finding for every grant with a star in a rule, and not in all of one."""
    for held in grants.held:
        if not held.is_everything:
            yield from _grant(held)


def _grant(held: Held) -> Iterator[GrantFinding]:
    for rule in held.grant.rules:
        stars = [name for field, name in _FIELDS if _STAR in getattr(rule, field)]
        if not stars or rule.non_resource_urls:
            continue
        message = f"{held.whom} gets what is not named {held.where}: a star in {' and '.join(stars)}"
        reads = set(rule.verbs) <= _READING
        confidence = Confidence.MEDIUM if held.reaches_system and not reads else Confidence.LOW
        yield of(held, _request(held, rule), message, "name them one by one", confidence)
        return


def _request(held: Held, rule: Rule) -> Request | None:
    """Something that only the star allows."""
    verb, group, resource = (
        next((one for one in names if one != _STAR), other)
        for names, other in (
            (rule.verbs, "deletecollection"),
            (rule.api_groups, "later.example.org"),
            (rule.resources, "laters"),
        )
    )
    resource, _, subresource = resource.partition("/")
    return held.first([Request(verb, group, resource, subresource, name="any")])
