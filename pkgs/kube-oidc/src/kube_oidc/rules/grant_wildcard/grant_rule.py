"""Wildcard in an RBAC rule."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.rbac import Request, Rule
from kube_oidc.rules.engine.finding import Confidence, RuleMetadata
from kube_oidc.rules.engine.grant_finding import GrantFinding, grant_finding
from kube_oidc.rules.engine.grants import Grants, Held

RULE: Final = RuleMetadata(
    id="grant-wildcard",
    title="Wildcard in an RBAC rule",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    source="https://kubernetes.io/docs/concepts/security/rbac-good-practices/#least-privilege",
    once_per_binding=True,
)
_STAR: Final = "*"
_READING: Final = frozenset({"get", "list", "watch"})
_FIELDS: Final = (("verbs", "verbs"), ("api_groups", "apiGroups"), ("resources", "resources"))


def check(grants: Grants) -> Iterator[GrantFinding]:
    """Reports grants with a wildcard in a rule, except grants of everything."""
    for held in grants.held:
        if not held.is_everything:
            yield from _grant(held)


def _grant(held: Held) -> Iterator[GrantFinding]:
    yield from _subresources(held)
    for rule in held.grant.rules:
        stars = [name for field, name in _FIELDS if _STAR in getattr(rule, field)]
        if not stars or rule.non_resource_urls:
            continue
        message = f"{held.subject} has a rule with * in {' and '.join(stars)} {held.scope}"
        reads = set(rule.verbs) <= _READING
        confidence = Confidence.MEDIUM if held.reaches_system and not reads else Confidence.LOW
        yield grant_finding(held, _request(held, rule), message, "list them one by one", confidence)
        return


def _subresources(held: Held) -> Iterator[GrantFinding]:
    """Reports `pods/*`: RBAC compares it as it is, and only knows `*` and `*/SUBRESOURCE`."""
    for rule in held.grant.rules:
        name = next((one for one in rule.resources if one.endswith("/*")), None)
        if name is not None:
            message = (
                f"{held.subject} has a rule with {name!r} {held.scope}, which grants nothing: "
                "RBAC has no wildcard for the subresources of a resource"
            )
            remedy = "list the subresources that are needed; some, such as pods/exec, open much more"
            yield grant_finding(held, None, message, remedy, Confidence.MEDIUM)
            return


def _request(held: Held, rule: Rule) -> Request | None:
    """Returns a request that only the wildcard allows."""
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
