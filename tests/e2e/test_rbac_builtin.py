"""Files with the names of what every cluster has: what kubectl would make of them, and what is read."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from kube_oidc.rbac import Objects, decode, load, with_builtin

from e2e.harness.world import World

GROUP: Final = "rbac.authorization.k8s.io"
RULES: Final = [{"apiGroups": ["example.org"], "resources": ["widgets"], "verbs": ["get"]}]
OTHERS: Final = {"clusterRoleSelectors": [{"matchLabels": {"a": "b"}}]}
SOMEBODY: Final = [{"kind": "User", "name": "somebody", "apiGroup": GROUP}]


def role(name: str, **fields: Any) -> dict[str, Any]:
    """A ClusterRole; `labels` are its metadata's."""
    metadata = {"name": name} | ({"labels": fields.pop("labels")} if "labels" in fields else {})
    return {"apiVersion": f"{GROUP}/v1", "kind": "ClusterRole", "metadata": metadata, **fields}


def binding(name: str, to: str, **fields: Any) -> dict[str, Any]:
    """A ClusterRoleBinding to this ClusterRole."""
    reference = {"kind": "ClusterRole", "name": to, "apiGroup": GROUP}
    about = {"apiVersion": f"{GROUP}/v1", "kind": "ClusterRoleBinding", "metadata": {"name": name}}
    return {**about, "roleRef": reference, **fields}


FILES: Final = {
    "view with other rules": role("view", rules=RULES),
    "admin with a label": role("admin", labels={"a": "b"}, rules=RULES),
    "edit without rules": role("edit"),
    "edit of others": role("edit", aggregationRule=OTHERS),
    "a part of view": role("system:aggregate-to-view", rules=RULES),
    "a part of view that is none any more": role(
        "system:aggregate-to-view", labels={f"{GROUP}/aggregate-to-view": "no"}, rules=RULES
    ),
    "a role without rules": role("system:discovery"),
    "a role with other rules": role("system:basic-user", rules=RULES),
    "a binding to another role": binding("cluster-admin", "view", subjects=SOMEBODY),
    "a binding to somebody": binding("cluster-admin", "cluster-admin", subjects=SOMEBODY),
    "a binding to nobody in particular": binding("system:basic-user", "system:basic-user"),
}


def applied(world: World, file: Path) -> Objects:
    """What the object would be with this file; without the file where the API server refuses it."""
    cluster = world.cluster
    kubectl = [cluster.site.binaries.path("kubectl"), f"--kubeconfig={cluster.api_server.admin}"]
    command = [*kubectl, "apply", "--dry-run=server", "-o", "json", "-f", file]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode == 0:
        return decode([json.loads(done.stdout)], "kubectl").objects
    assert "roleRef" in done.stderr, done.stderr  # "cannot change roleRef", from 1.37 "field is immutable"
    return decode([json.loads(cluster.kubectl("get", "-o", "json", "-f", str(file)))], "kubectl").objects


@pytest.mark.parametrize("title", FILES)
def test_what_a_file_does_not_say_stays(world: World, tmp_path: Path, title: str) -> None:
    file = tmp_path / "rbac.yaml"
    file.write_text(yaml.safe_dump(FILES[title]))
    loaded = load([file])
    found, expected = with_builtin(loaded.objects), applied(world, file)
    assert bool(loaded.problems) == (title == "a binding to another role")
    for theirs in expected.bindings:
        assert theirs in found.bindings
    for theirs in expected.roles:
        (ours,) = (one for one in found.roles if (one.namespace, one.name) == (theirs.namespace, theirs.name))
        assert (ours.labels, ours.aggregation) == (theirs.labels, theirs.aggregation)
        assert ours.aggregation or ours.rules == theirs.rules
