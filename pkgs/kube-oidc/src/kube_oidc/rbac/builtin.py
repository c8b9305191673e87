"""The roles and bindings that every API server makes at its start.

`builtin.json` is what a kube-apiserver 1.36 itself made (tests/e2e/test_rbac.py compares them, and rewrites it).
Files bind to `view`, `edit` or `cluster-admin` without having them, and `system:authenticated` is bound by these alone.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Final

from kube_oidc.rbac.files import decode
from kube_oidc.rbac.model import Binding, Objects

ORIGIN: Final = "Kubernetes 1.36"


@cache
def builtin() -> Objects:
    """The bootstrap policy; the place of each object says that it is Kubernetes' own."""
    text = (resources.files("kube_oidc") / "rbac" / "builtin.json").read_text("utf-8")
    return decode(json.loads(text)["items"], ORIGIN).objects


def is_builtin(binding: Binding) -> bool:
    """Is the binding one that every cluster has, wherever it was read?"""
    return _bindings().get((binding.namespace, binding.name)) == binding


@cache
def _bindings() -> dict[tuple[str, str], Binding]:
    return {(binding.namespace, binding.name): binding for binding in builtin().bindings}
