"""Files with the names of what every cluster has: what kubectl would make of them, and what is read."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from recorded.rbac import assert_same

from e2e.harness import recording
from e2e.harness.binaries import VERSION
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


def applied(world: World, file: Path) -> dict[str, Any]:
    """The object as it would be with this file; as it is if the API server refuses the file."""
    cluster = world.cluster
    kubectl = [cluster.site.binaries.path("kubectl"), f"--kubeconfig={cluster.api_server.admin}"]
    command = [*kubectl, "apply", "--dry-run=server", "-o", "json", "-f", file]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode == 0:
        return parts(json.loads(done.stdout))
    assert "roleRef" in done.stderr, done.stderr  # "cannot change roleRef", from 1.37 "field is immutable"
    return parts(json.loads(cluster.kubectl("get", "-o", "json", "-f", str(file))))


def parts(value: dict[str, Any]) -> dict[str, Any]:
    """What RBAC reads of an object."""
    metadata = {name: value["metadata"][name] for name in ("name", "labels") if name in value["metadata"]}
    return {name: part for name, part in value.items() if name != "metadata"} | {"metadata": metadata}


@pytest.fixture(scope="module")
def answers(world: World, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Each file and the object that becomes of it."""
    file = tmp_path_factory.mktemp("builtin") / "rbac.yaml"
    rows = []
    for title, value in FILES.items():
        file.write_text(yaml.safe_dump(value))
        rows.append({"title": title, "file": value, "object": applied(world, file)})
    return rows


def test_what_a_file_does_not_say_stays(answers: list[dict[str, Any]], tmp_path: Path) -> None:
    for row in answers:
        assert_same(row, tmp_path, VERSION)


def test_the_package_has_these_answers(answers: list[dict[str, Any]]) -> None:
    recording.keep("rbac-builtin.jsonl", answers)
