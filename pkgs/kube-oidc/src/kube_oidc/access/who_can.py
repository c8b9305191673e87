"""Everyone who is allowed a request by RBAC."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kube_oidc.rbac import Grant, Policy, Request
from kube_oidc.rbac.matches import allows
from kube_oidc.rbac.model import MASTERS

Issuers = Callable[[str, str], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Allowed:
    """A subject of a binding that allows the request; `issuers` are the URLs of those whose tokens become it.

    `issuers` is None if no configuration was given. `grant` is None for `system:masters`, which needs no binding.
    """

    kind: str
    name: str
    grant: Grant | None
    issuers: tuple[str, ...] | None = None


def who_can(policy: Policy, request: Request, issuers: Issuers | None = None) -> tuple[Allowed, ...]:
    """Every subject that may do this by itself, with the first binding that says so, in the order of the bindings."""
    found: dict[tuple[str, str], Allowed] = {}
    for grant in _grants(policy, request):
        subject = grant.subject
        name = f"{subject.namespace}/{subject.name}" if subject.kind == "ServiceAccount" else subject.name
        if (subject.kind, name) not in found:
            made = None if issuers is None else _issuers(issuers, subject.kind, name)
            found[subject.kind, name] = Allowed(subject.kind, name, grant, made)
    masters = None if issuers is None else issuers("Group", MASTERS)
    found.setdefault(("Group", MASTERS), Allowed("Group", MASTERS, None, masters))
    return tuple(found.values())


def _issuers(issuers: Issuers, kind: str, name: str) -> tuple[str, ...]:
    return issuers(kind, name) if kind in ("User", "Group") else ()


def _grants(policy: Policy, request: Request) -> Iterator[Grant]:
    for binding in policy.bindings:
        if binding.namespace and binding.namespace != request.namespace:
            continue
        for subject in binding.subjects:
            grant = policy.grant(binding, subject)
            if any(allows(rule, request) for rule in grant.rules):
                yield grant
