"""RBAC's objects as `rbac.authorization.k8s.io/v1` has them, each with its place, and a request to be judged.

Source: `k8s.io/api/rbac/v1/types.go`. An absent string is `""`, an absent list is empty, as in Go.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

API_GROUP: Final = "rbac.authorization.k8s.io"
AUTHENTICATED: Final = "system:authenticated"
UNAUTHENTICATED: Final = "system:unauthenticated"
ANONYMOUS: Final = "system:anonymous"
MASTERS: Final = "system:masters"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """The position of an object: `path` as given, `line` from 1 (0 if it did not come from a file)."""

    path: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" if self.line else self.path


NOWHERE: Final = Place("")


@dataclass(frozen=True, slots=True)
class Rule:
    """One of a role's `rules`; two rules that say the same are equal wherever they stand."""

    verbs: tuple[str, ...] = ()
    api_groups: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    resource_names: tuple[str, ...] = ()
    non_resource_urls: tuple[str, ...] = ()
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Requirement:
    """One of a label selector's requirements; `operator` is In, NotIn, Exists or DoesNotExist."""

    key: str
    operator: str
    values: frozenset[str] = frozenset()

    def holds(self, labels: Mapping[str, str]) -> bool:
        """As `k8s.io/apimachinery/pkg/labels.Requirement.Matches`: NotIn holds if there is no such label."""
        match self.operator:
            case "In":
                return self.key in labels and labels[self.key] in self.values
            case "NotIn":
                return labels.get(self.key) not in self.values
            case "Exists":
                return self.key in labels
        return self.key not in labels


Selector = tuple[Requirement, ...]


@dataclass(frozen=True, slots=True)
class Role:
    """A Role (`namespace` set) or a ClusterRole; `aggregation` is None without an aggregationRule."""

    name: str
    namespace: str = ""
    rules: tuple[Rule, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    aggregation: tuple[Selector, ...] | None = None
    place: Place = field(default=NOWHERE, compare=False)

    @property
    def kind(self) -> str:
        """`Role` or `ClusterRole`."""
        return "Role" if self.namespace else "ClusterRole"

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject of a binding; `kind` is User, Group or ServiceAccount."""

    kind: str
    name: str
    namespace: str = ""
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Binding:
    """A RoleBinding (`namespace` set) or a ClusterRoleBinding."""

    name: str
    role_kind: str
    role_name: str
    namespace: str = ""
    subjects: tuple[Subject, ...] = ()
    place: Place = field(default=NOWHERE, compare=False)

    @property
    def kind(self) -> str:
        """`RoleBinding` or `ClusterRoleBinding`."""
        return "RoleBinding" if self.namespace else "ClusterRoleBinding"

    @property
    def role_key(self) -> tuple[str, str]:
        """Namespace and name of the role it refers to; the namespace of a ClusterRole is empty."""
        return (self.namespace if self.role_kind == "Role" else "", self.role_name)

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class Objects:
    """Roles and bindings, in the order they were read."""

    roles: tuple[Role, ...] = ()
    bindings: tuple[Binding, ...] = ()

    def __add__(self, other: Objects) -> Objects:
        """Both; objects of `other` replace those with the same kind, namespace and name."""
        roles = {(one.namespace, one.name): one for one in (*self.roles, *other.roles)}
        bindings = {(one.namespace, one.name): one for one in (*self.bindings, *other.bindings)}
        return Objects(tuple(roles.values()), tuple(bindings.values()))


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be allowed: a verb on a resource, or with `path` on a URL that is none.

    `namespace` is empty for what is in no namespace and for a request to all of them; `name` is empty where a
    request names no object (list, create).
    """

    verb: str
    api_group: str = ""
    resource: str = ""
    subresource: str = ""
    name: str = ""
    namespace: str = ""
    path: str = ""
