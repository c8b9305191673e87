"""The roles and bindings that every API server creates at startup.

`builtin.json` was read from a kube-apiserver 1.36 (tests/e2e/test_rbac.py compares and renews it). Files refer to
`view`, `edit` or `cluster-admin` without defining them, and only these bindings include `system:authenticated`.
"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import Final

from kube_oidc.rbac.loading import decode
from kube_oidc.rbac.model import Binding, Objects, Role

ORIGIN: Final = "Kubernetes 1.36"


@cache
def builtin() -> Objects:
    """The bootstrap policy; the place of each object says that it is Kubernetes' own."""
    text = (resources.files("kube_oidc") / "rbac" / "builtin.json").read_text("utf-8")
    return decode(json.loads(text)["items"], ORIGIN).objects


def with_builtin(objects: Objects) -> Objects:
    """The bootstrap policy with these objects of files applied over it.

    As kubectl applies a file to objects that were never applied: fields that the file leaves out stay as they are. So
    `view` keeps its aggregationRule, from which the controller makes its rules again. An empty list counts as left out.
    """
    roles = {(role.namespace, role.name): role for role in builtin().roles}
    bindings = {(binding.namespace, binding.name): binding for binding in builtin().bindings}
    return builtin() + Objects(
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
    """Is the binding one that every cluster has, wherever it was read?"""
    return _bindings().get((binding.namespace, binding.name)) == binding


@cache
def _bindings() -> dict[tuple[str, str], Binding]:
    return {(binding.namespace, binding.name): binding for binding in builtin().bindings}
