"""The grants that tokens of the configuration get, each with the claims of such a token.

Only users and groups that the issuers can produce count, and `system:authenticated`, which every accepted token is
in. Permissions of client certificates and service accounts are not considered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Final

from kube_oidc.model import UserInfo
from kube_oidc.rbac import (
    Binding,
    Grant,
    Objects,
    Policy,
    Request,
    Rule,
    Subject,
    with_authenticated_group,
    with_builtin,
)
from kube_oidc.rbac.builtin import is_builtin
from kube_oidc.rbac.matches import allows
from kube_oidc.rules.engine.budget import TokenBudget
from kube_oidc.rules.engine.finding import Confidence
from kube_oidc.rules.engine.identities import Identities
from kube_oidc.rules.engine.issuer import Claims, IssuerUnderReview
from kube_oidc.rules.engine.issuer_index import IssuerIndex
from kube_oidc.verdict.versions import DEFAULT

EVERYONE: Final = "system:authenticated"
SYSTEM: Final = "kube-system"
_STAR: Final = "*"


@lru_cache(maxsize=4096)
def _first(rules: tuple[Rule, ...], namespace: str, requests: tuple[Request, ...]) -> Request | None:
    """Cached, because many bindings refer to the same role."""
    for request in requests:
        for rule in rules:
            is_any = request.name in ("", "any")
            name = rule.resource_names[0] if rule.resource_names and is_any else request.name
            asked = replace(request, namespace=namespace, name=name)
            if allows(rule, asked):
                return asked
    return None


@dataclass(frozen=True, slots=True)
class Held:
    """A grant, and the claims of a token of `entry` that gets it."""

    grant: Grant
    entry: IssuerUnderReview
    claims: Claims

    @property
    def user(self) -> UserInfo | None:
        """Returns the user that the token becomes, as RBAC sees it; None if it is refused."""
        user = self.entry.user(self.claims)
        return with_authenticated_group(user) if user is not None else None

    @property
    def is_cluster_wide(self) -> bool:
        """Does it apply to every namespace?"""
        return not self.grant.namespace

    @property
    def reaches_system(self) -> bool:
        """Does it apply to the namespace of Kubernetes' own components?"""
        return self.grant.namespace in ("", SYSTEM)

    @property
    def scope(self) -> str:
        """Returns `in the whole cluster` or the namespace, for messages."""
        return (
            f"in the namespace {self.grant.namespace!r}" if self.grant.namespace else "in the whole cluster"
        )

    @property
    def subject(self) -> str:
        """Returns `the group 'x'`, for messages."""
        subject = self.grant.subject
        if subject.name == EVERYONE:
            return "every authenticated user"
        return f"{'the group' if subject.kind == 'Group' else 'the user'} {subject.name!r}"

    @property
    def is_everything(self) -> bool:
        """Does it allow everything in its namespace or cluster?"""
        return any(
            _STAR in rule.verbs and _STAR in rule.api_groups and _STAR in rule.resources
            for rule in self.grant.rules
        )

    def first(self, requests: Iterable[Request]) -> Request | None:
        """Returns the first of these requests that it allows, with a namespace and name it is allowed for."""
        return _first(self.grant.rules, self.grant.namespace or SYSTEM, tuple(requests))

    def confidence(self, confidence: Confidence) -> Confidence:
        """Returns low confidence for people: the configuration doesn't show whether they should have the grant."""
        return confidence if self.entry.provider.is_ci else Confidence.LOW


@dataclass
class Grants:
    """All grants, for the issuers of a configuration."""

    entries: tuple[IssuerUnderReview, ...]
    objects: Objects
    pedantic: bool = False
    budget: TokenBudget = field(default_factory=TokenBudget)
    closest_known: dict[tuple[str, str], str | None] = field(
        default_factory=dict
    )  # filled by closest_subject.py

    @cached_property
    def policy(self) -> Policy:
        """Returns the policy, including the roles that every cluster of the issuers' minor has."""
        version = self.entries[0].version if self.entries else DEFAULT
        return Policy(with_builtin(self.objects, version))

    @cached_property
    def makers(self) -> IssuerIndex:
        """Returns which issuer can produce which name."""
        return IssuerIndex(self.entries, self.budget)

    @property
    def identities(self) -> tuple[Identities, ...]:
        """Returns the identities of each issuer."""
        return self.makers.each

    @cached_property
    def held(self) -> tuple[Held, ...]:
        """Returns every grant that a token gets, in the order of the files."""
        found = []
        for binding, subject in self._named():
            made = self.first_issuer(subject.kind, subject.name)
            if made is not None and made[1] is not None:
                found.append(Held(self.policy.grant(binding, subject), made[0], made[1]))
        return tuple(found)

    @cached_property
    def unreachable_subjects(self) -> tuple[tuple[Binding, Subject], ...]:
        """Returns every subject that no token can have, except Kubernetes' own (`system:…`).

        No owner, branch or login starts or ends with a space, even if a template would allow it.
        """
        return tuple(
            (binding, subject)
            for binding, subject in self._named()
            if not subject.name.startswith("system:")
            and (
                subject.name != subject.name.strip() or self.first_issuer(subject.kind, subject.name) is None
            )
        )

    @property
    def undecided(self) -> dict[tuple[str, str], str]:
        """Returns the subjects of which it isn't known whether a token can have them, with the reason."""
        return {key: reason for one in self.identities for key, reason in one.undecided.items()}

    def first_issuer(self, kind: str, name: str) -> tuple[IssuerUnderReview, Claims | None] | None:
        """Returns the first issuer that can produce this User or Group, with claims of such a token; None if none can.

        The claims are None if the budget is spent.
        """
        if (kind, name) == ("Group", EVERYONE):
            for entry in self.entries:
                if entry.sample_claims is not None:
                    return entry, entry.sample_claims
        for position, made in self.makers.issuers_for(kind, name):
            return self.entries[position], made.claims
        return None

    def _named(self) -> Iterator[tuple[Binding, Subject]]:
        for binding in self.objects.bindings:
            if is_builtin(binding):
                continue
            for subject in binding.subjects:
                if subject.kind in ("User", "Group"):
                    yield binding, subject
