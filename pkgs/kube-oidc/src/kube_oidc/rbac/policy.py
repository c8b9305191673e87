"""RBAC objects and a user → what the user may do, and by which binding and role.

Source: `k8s.io/kubernetes/pkg/registry/rbac/validation/rule.go` and `plugin/pkg/auth/authorizer/rbac/rbac.go`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from kube_oidc.model import UserInfo
from kube_oidc.rbac.aggregation import aggregated
from kube_oidc.rbac.matches import allows
from kube_oidc.rbac.model import (
    ANONYMOUS,
    API_GROUP,
    AUTHENTICATED,
    MASTERS,
    UNAUTHENTICATED,
    Binding,
    Objects,
    Request,
    Role,
    Rule,
    Subject,
)
from kube_oidc.verdict.golang.quote import quote

_SERVICE_ACCOUNT: Final = "system:serviceaccount:"


@dataclass(frozen=True, slots=True)
class Grant:
    """A binding that names a subject, and the role it gives; `role` is None if it does not exist.

    `rules` are those in force: a RoleBinding gives no access to URLs, since their requests have no namespace.
    """

    binding: Binding
    subject: Subject
    role: Role | None
    rules: tuple[Rule, ...] = ()

    @property
    def namespace(self) -> str:
        """Where it holds; empty for the whole cluster."""
        return self.binding.namespace


@dataclass(frozen=True, slots=True)
class Decision:
    """`reason` is the API server's own; `grant` and `rule` are what allows (None for `system:masters`)."""

    allowed: bool
    reason: str
    grant: Grant | None = None
    rule: Rule | None = None


class Policy:
    """Roles and bindings, indexed once for many questions.

    With `aggregate` the rules of ClusterRoles with an aggregationRule are made as the controller manager makes
    them; what was read from a running cluster has them already.
    """

    def __init__(self, objects: Objects, *, aggregate: bool = True) -> None:
        cluster_roles = {role.name: role for role in objects.roles if not role.namespace}
        if aggregate:
            cluster_roles = aggregated(cluster_roles)
        self.bindings = objects.bindings
        self.roles = {(role.namespace, role.name): role for role in objects.roles}
        self.roles |= {("", name): role for name, role in cluster_roles.items()}
        self._namespaced = {
            key: tuple(rule for rule in role.rules if rule.resources) for key, role in self.roles.items()
        }
        self._users: dict[str, list[tuple[int, int]]] = {}
        self._groups: dict[str, list[tuple[int, int]]] = {}
        for position, binding in enumerate(self.bindings):
            for index, subject in enumerate(binding.subjects):
                self._register(position, index, binding, subject)

    def _register(self, position: int, index: int, binding: Binding, subject: Subject) -> None:
        if subject.kind == "Group":
            self._groups.setdefault(subject.name, []).append((position, index))
        elif name := username_of(subject, binding):
            self._users.setdefault(name, []).append((position, index))

    def grant(self, binding: Binding, subject: Subject) -> Grant:
        """What this binding gives this subject of it."""
        role = self.roles.get(binding.role_key)
        if role is None:
            return Grant(binding, subject, None)
        rules = self._namespaced[binding.role_key] if binding.namespace else role.rules
        return Grant(binding, subject, role, rules)

    def grants(self, user: UserInfo) -> Iterator[Grant]:
        """Every binding that applies to the user, ClusterRoleBindings first, with the first subject that does.

        The groups are the user's as given: `with_authenticated_group` adds what the API server adds.
        """
        first: dict[int, int] = {}
        found = [*self._users.get(user.username, ())]
        for group in dict.fromkeys(user.groups):
            found += self._groups.get(group, ())
        for position, index in found:
            first[position] = min(index, first.get(position, index))
        for position in sorted(first, key=lambda place: (self.bindings[place].namespace, place)):
            binding = self.bindings[position]
            yield self.grant(binding, binding.subjects[first[position]])

    def allows(self, user: UserInfo, request: Request) -> Decision:
        """Whether the user may do this, as a SubjectAccessReview answers if RBAC is the only authorizer."""
        if MASTERS in user.groups:
            return Decision(True, "")
        missing: list[str] = []
        for grant in self.grants(user):
            if grant.namespace and grant.namespace != request.namespace:
                continue
            if grant.role is None:
                missing.append(_not_found(grant.binding))
                continue
            for rule in grant.role.rules:
                if allows(rule, request):
                    return Decision(True, f"RBAC: allowed by {_described(grant)}", grant, rule)
        return Decision(False, f"RBAC: {_joined(missing)}" if missing else "")


def with_authenticated_group(user: UserInfo) -> UserInfo:
    """The user as authorization sees it: also in `system:authenticated`.

    Source: `k8s.io/apiserver/pkg/authentication/group/authenticated_group_adder.go`.
    """
    if user.username == ANONYMOUS or {AUTHENTICATED, UNAUTHENTICATED} & set(user.groups):
        return user
    return replace(user, groups=(*user.groups, AUTHENTICATED))


def username_of(subject: Subject, binding: Binding) -> str:
    """The user name of the subject; empty for a group and for a service account without a namespace."""
    if subject.kind == "User":
        return subject.name
    namespace = subject.namespace or binding.namespace
    if subject.kind != "ServiceAccount" or not namespace:
        return ""
    return f"{_SERVICE_ACCOUNT}{namespace}:{subject.name}"


def _not_found(binding: Binding) -> str:
    return f"{binding.role_kind.lower()}.{API_GROUP} {quote(binding.role_name)} not found"


def _joined(errors: list[str]) -> str:
    """As `utilerrors.Aggregate` prints itself: each error once."""
    once = list(dict.fromkeys(errors))
    return once[0] if len(once) == 1 else "[" + ", ".join(once) + "]"


def _described(grant: Grant) -> str:
    """As `clusterRoleBindingDescriber` and `roleBindingDescriber` say it, with their name before the namespace."""
    binding, subject = grant.binding, grant.subject
    name = f"{binding.name}/{binding.namespace}" if binding.namespace else binding.name
    name_shown = subject.name
    if subject.kind == "ServiceAccount":
        name_shown += f"/{subject.namespace or binding.namespace}"
    role = f"{binding.role_kind} {quote(binding.role_name)}"
    return f"{binding.kind} {quote(name)} of {role} to {subject.kind} {quote(name_shown)}"
