"""Values → roles and bindings, or why the API server refuses the object.

Source: `k8s.io/kubernetes/pkg/apis/rbac/v1/defaults.go` and `pkg/apis/rbac/validation/validation.go`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from kube_oidc.field import FieldPath
from kube_oidc.rbac.model import API_GROUP, Binding, Place, Requirement, Role, Rule, Selector, Subject
from kube_oidc.rbac.validate import (
    Problem,
    binding_problems,
    name_problems,
    role_problems,
    selector_problems,
)
from kube_oidc.verdict.golang.quote import quote

KINDS: Final = frozenset({"Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"})
_GO_TYPES: Final[tuple[tuple[type, str], ...]] = (
    (bool, "bool"),
    (str, "string"),
    (int, "number"),
    (float, "number"),
    (list, "array"),
    (dict, "object"),
)
_DNS_LABEL: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")


class Reading:
    """One object being read; with a problem (a field and a message) the object is refused."""

    def __init__(self, value: Mapping[str, Any], place: Place) -> None:
        self.value = value
        self.place = place
        self._undecoded: list[Problem] = []
        self._invalid: list[Problem] = []

    @property
    def problems(self) -> list[Problem]:
        """What has the wrong type, or else what is not valid: the API server decodes first."""
        return self._undecoded or self._invalid

    def read(self, default_namespace: str) -> Role | Binding | None:
        """The object; None if it is refused."""
        kind = self.value["kind"]
        metadata = self._mapping(self.value, "metadata", FieldPath())
        path = FieldPath(("metadata",))
        name = self._text(metadata, "name", path)
        namespace = ""
        if kind in ("Role", "RoleBinding"):
            namespace = self._text(metadata, "namespace", path) or default_namespace
            if not _DNS_LABEL.fullmatch(namespace):
                self._invalid.append(
                    (path.child("namespace"), f"Invalid value: {quote(namespace)}: no DNS label")
                )
        self._invalid += name_problems(name, path.child("name"))
        if kind in ("Role", "ClusterRole"):
            made: Role | Binding = self._role(name, namespace, metadata)
        else:
            made = self._binding(name, namespace)
        return None if self.problems else made

    def _role(self, name: str, namespace: str, metadata: Mapping[str, Any]) -> Role:
        path = FieldPath(("rules",))
        items = self._mappings(self.value, "rules", FieldPath())
        rules = tuple(self._rule(item, path.index(position)) for position, item in enumerate(items))
        aggregation = None if namespace else self._aggregation()
        labels = self._texts_by_name(metadata, "labels", FieldPath(("metadata",)))
        role = Role(name, namespace, rules, labels, aggregation, self.place)
        self._invalid += role_problems(role)
        return role

    def _rule(self, item: Mapping[str, Any], path: FieldPath) -> Rule:
        return Rule(
            self._texts(item, "verbs", path),
            self._texts(item, "apiGroups", path),
            self._texts(item, "resources", path),
            self._texts(item, "resourceNames", path),
            self._texts(item, "nonResourceURLs", path),
            self._place(item),
        )

    def _aggregation(self) -> tuple[Selector, ...] | None:
        if self.value.get("aggregationRule") is None:
            return None
        rule, path = (
            self._mapping(self.value, "aggregationRule", FieldPath()),
            FieldPath(("aggregationRule",)),
        )
        selectors = self._mappings(rule, "clusterRoleSelectors", path)
        path = path.child("clusterRoleSelectors")
        return tuple(self._selector(item, path.index(position)) for position, item in enumerate(selectors))

    def _selector(self, item: Mapping[str, Any], path: FieldPath) -> Selector:
        labels = self._texts_by_name(item, "matchLabels", path)
        found = [Requirement(key, "In", frozenset({value})) for key, value in labels.items()]
        below = path.child("matchExpressions")
        for position, expression in enumerate(self._mappings(item, "matchExpressions", path)):
            at = below.index(position)
            values = frozenset(self._texts(expression, "values", at))
            requirement = Requirement(
                self._text(expression, "key", at), self._text(expression, "operator", at), values
            )
            self._invalid += selector_problems(requirement, at)
            found.append(requirement)
        return tuple(found)

    def _binding(self, name: str, namespace: str) -> Binding:
        reference, path = self._mapping(self.value, "roleRef", FieldPath()), FieldPath(("roleRef",))
        items = self._mappings(self.value, "subjects", FieldPath())
        below = FieldPath(("subjects",))
        pairs = [self._subject(item, below.index(position)) for position, item in enumerate(items)]
        binding = Binding(
            name,
            self._text(reference, "kind", path),
            self._text(reference, "name", path),
            namespace,
            tuple(subject for subject, _ in pairs),
            self.place,
        )
        group = self._text(reference, "apiGroup", path) or API_GROUP
        self._invalid += binding_problems(binding, group, [group for _, group in pairs])
        return binding

    def _subject(self, item: Mapping[str, Any], path: FieldPath) -> tuple[Subject, str]:
        """The subject and its apiGroup, defaulted as the API server does."""
        kind = self._text(item, "kind", path)
        group = self._text(item, "apiGroup", path) or (API_GROUP if kind in ("User", "Group") else "")
        name, namespace = self._text(item, "name", path), self._text(item, "namespace", path)
        return Subject(kind, name, namespace, self._place(item)), group

    def _place(self, item: Mapping[str, Any]) -> Place:
        return Place(self.place.path, getattr(item, "line", self.place.line))

    def _wrong(self, path: FieldPath, value: object, wanted: str) -> None:
        found = next((name for kind, name in _GO_TYPES if isinstance(value, kind)), "null")
        self._undecoded.append((path, f"cannot unmarshal {found} into a field of type {wanted}"))

    def _text(self, inside: Mapping[str, Any], key: str, path: FieldPath) -> str:
        value = inside.get(key)
        if isinstance(value, str):
            return value
        if value is not None:
            self._wrong(path.child(key), value, "string")
        return ""

    def _texts(self, inside: Mapping[str, Any], key: str, path: FieldPath) -> tuple[str, ...]:
        """A list of strings; null is one that is empty, as in Go."""
        value = inside.get(key)
        if value is None:
            return ()
        if not isinstance(value, list):
            self._wrong(path.child(key), value, "[]string")
            return ()
        for position, item in enumerate(value):
            if item is not None and not isinstance(item, str):
                self._wrong(path.child(key).index(position), item, "string")
                return ()
        return tuple(item or "" for item in value)

    def _texts_by_name(self, inside: Mapping[str, Any], key: str, path: FieldPath) -> dict[str, str]:
        value = self._mapping(inside, key, path)
        return {name: self._text(value, name, path.child(key)) for name in value}

    def _mapping(self, inside: Mapping[str, Any], key: str, path: FieldPath) -> Mapping[str, Any]:
        value = inside.get(key)
        if isinstance(value, dict):
            return value
        if value is not None:
            self._wrong(path.child(key), value, "object")
        return {}

    def _mappings(self, inside: Mapping[str, Any], key: str, path: FieldPath) -> list[Mapping[str, Any]]:
        value = inside.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            self._wrong(path.child(key), value, "array")
            return []
        for position, item in enumerate(value):
            if item is not None and not isinstance(item, dict):
                self._wrong(path.child(key).index(position), item, "object")
                return []
        return [item or {} for item in value]
