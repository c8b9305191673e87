"""A file over the roles and bindings that every cluster has, beside what kubectl makes of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from kube_oidc.rbac import decode, load, with_builtin
from kube_oidc.verdict.versions import DEFAULT, KubernetesVersion


def assert_same(row: dict[str, Any], folder: Path, version: KubernetesVersion = DEFAULT) -> None:
    """The object is the recorded one; only a changed roleRef is a problem."""
    (folder / "rbac.json").write_text(json.dumps(row["file"]))
    loaded = load([folder / "rbac.json"], version=version)
    found, expected = with_builtin(loaded.objects, version), decode([row["object"]], "kubectl").objects
    assert bool(loaded.problems) == (row["title"] == "a binding to another role")
    for theirs in expected.bindings:
        assert theirs in found.bindings
    for theirs in expected.roles:
        (ours,) = (one for one in found.roles if (one.namespace, one.name) == (theirs.namespace, theirs.name))
        assert (ours.labels, ours.aggregation) == (theirs.labels, theirs.aggregation)
        assert ours.aggregation or ours.rules == theirs.rules
