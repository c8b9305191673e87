"""Fields that RBAC's objects do not have: kubectl refuses the object, and who applies it all the same leaves them out.

Source: `k8s.io/api/rbac/v1/types.go`; what is below `metadata` is left to kubectl.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any, Final

from kube_oidc.field import FieldPath

_ROLE: Final = frozenset({"apiVersion", "kind", "metadata", "rules"})
_BINDING: Final = frozenset({"apiVersion", "kind", "metadata", "roleRef", "subjects"})
_OBJECTS: Final = {
    "Role": _ROLE,
    "ClusterRole": _ROLE | {"aggregationRule"},
    "RoleBinding": _BINDING,
    "ClusterRoleBinding": _BINDING,
}
_BELOW: Final = {
    "rules": frozenset({"verbs", "apiGroups", "resources", "resourceNames", "nonResourceURLs"}),
    "roleRef": frozenset({"apiGroup", "kind", "name"}),
    "subjects": frozenset({"kind", "apiGroup", "name", "namespace"}),
    "aggregationRule": frozenset({"clusterRoleSelectors"}),
}


def unknown_fields(value: Mapping[str, Any]) -> Iterator[tuple[FieldPath, str]]:
    """Each field that this object, or a part of it, does not have, and the one that was meant ("" for none)."""
    yield from _unknown(value, _OBJECTS[value["kind"]], FieldPath())
    for name, known in _BELOW.items():
        below, path = value.get(name), FieldPath((name,))
        if isinstance(below, dict):
            yield from _unknown(below, known, path)
        elif isinstance(below, list):
            for position, item in enumerate(below):
                if isinstance(item, dict):
                    yield from _unknown(item, known, path.index(position))


def _unknown(
    item: Mapping[str, Any], known: frozenset[str], path: FieldPath
) -> Iterator[tuple[FieldPath, str]]:
    if known.issuperset(item):
        return
    for name in item.keys() - known:
        near = difflib.get_close_matches(name, sorted(known), n=1)
        yield path.child(name), near[0] if near else ""
