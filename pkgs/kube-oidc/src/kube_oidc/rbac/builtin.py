"""The roles and bindings that every API server creates at startup.

`builtin.json` has those of every supported minor: each object with the first and the last minor that have it in this
form, unless all earlier or later ones do (tests/e2e/harness/rbac_defaults.py writes it, tests/e2e/test_rbac.py compares
it with a running API server). Files refer to `view`, `edit` or `cluster-admin` without defining them, and only these
bindings include `system:authenticated`.
"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import Any

from kube_oidc.rbac.loading import decode
from kube_oidc.rbac.model import Binding, Objects, Role
from kube_oidc.verdict.versions import DEFAULT, KubernetesVersion, VersionRange


@cache
def builtin(version: KubernetesVersion = DEFAULT) -> Objects:
    """The bootstrap policy of this minor; the place of each object says that it is Kubernetes' own."""
    known = version.nearest_known()
    values = [value for minors, value in _entries() if known in minors]
    return decode(values, f"Kubernetes {known}").objects


@cache
def _entries() -> tuple[tuple[VersionRange, dict[str, Any]], ...]:
    text = (resources.files("kube_oidc") / "rbac" / "builtin.json").read_text("utf-8")
    return tuple(
        (VersionRange.parse(entry.get("first"), entry.get("last")), entry["object"])
        for entry in json.loads(text)["items"]
    )


def with_builtin(objects: Objects, version: KubernetesVersion = DEFAULT) -> Objects:
    """The bootstrap policy of this minor with these objects of files applied over it.

    As kubectl applies a file to objects that were never applied: fields that the file leaves out stay as they are. So
    `view` keeps its aggregationRule, from which the controller makes its rules again. An empty list counts as left out.
    """
    own = builtin(version)
    roles = {(role.namespace, role.name): role for role in own.roles}
    bindings = {(binding.namespace, binding.name): binding for binding in own.bindings}
    return own + Objects(
        tuple(_over(roles.get((role.namespace, role.name)), role) for role in objects.roles),
        tuple(_bound(bindings.get((one.namespace, one.name)), one) for one in objects.bindings),
    )


def _over(before: Role | None, role: Role) -> Role:
    if before is None:
        return role
    aggregation = before.aggregation if role.aggregation is None else role.aggregation
    labels = {**before.labels, **role.labels}
    return replace(role, labels=labels, aggregation=aggregation, rules=role.rules or before.rules)


def _bound(before: Binding | None, binding: Binding) -> Binding:
    if before is None:
        return binding
    return replace(binding, subjects=binding.subjects or before.subjects)


def is_builtin(binding: Binding) -> bool:
    """Is the binding one that a cluster of some minor has from the start, wherever it was read?"""
    return binding in builtin_bindings()


@cache
def builtin_names() -> frozenset[tuple[str, str]]:
    """Namespace and name of every binding that a cluster of some minor has from the start."""
    return frozenset((binding.namespace, binding.name) for binding in builtin_bindings())


@cache
def builtin_bindings() -> frozenset[Binding]:
    """Every binding that a cluster of some minor has from the start."""
    return frozenset(
        binding for _, value in _entries() for binding in decode([value], "Kubernetes").objects.bindings
    )
