"""Objects of RBAC that the API server refuses to make: what is read from files is refused alike."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from kube_oidc.rbac import load

from e2e.harness import recording
from e2e.harness.cluster import Cluster
from e2e.harness.world import World

NAMESPACE: Final = "rbac-tried"
REFUSED: Final = {
    "a role without verbs": {"kind": "Role", "rules": [{"apiGroups": [""], "resources": ["pods"]}]},
    "a rule without apiGroups": {"kind": "Role", "rules": [{"verbs": ["get"], "resources": ["pods"]}]},
    "a rule without resources": {"kind": "Role", "rules": [{"verbs": ["get"], "apiGroups": [""]}]},
    "a URL in a Role": {"kind": "Role", "rules": [{"verbs": ["get"], "nonResourceURLs": ["/x"]}]},
    "a URL and a resource": {
        "kind": "ClusterRole",
        "rules": [{"verbs": ["get"], "nonResourceURLs": ["/x"], "apiGroups": [""], "resources": ["pods"]}],
    },
    "a verb that is no list": {
        "kind": "Role",
        "rules": [{"verbs": "get", "apiGroups": [""], "resources": ["x"]}],
    },
    "a verb that is a number": {
        "kind": "Role",
        "rules": [{"verbs": [1], "apiGroups": [""], "resources": ["x"]}],
    },
    "rules that are no list": {"kind": "Role", "rules": {"verbs": ["get"]}},
    "an aggregation of nothing": {"kind": "ClusterRole", "aggregationRule": {"clusterRoleSelectors": []}},
    "an unknown operator": {
        "kind": "ClusterRole",
        "aggregationRule": {"clusterRoleSelectors": [{"matchExpressions": [{"key": "a", "operator": "Is"}]}]},
    },
    "In without values": {
        "kind": "ClusterRole",
        "aggregationRule": {"clusterRoleSelectors": [{"matchExpressions": [{"key": "a", "operator": "In"}]}]},
    },
    "a ClusterRoleBinding to a Role": {
        "kind": "ClusterRoleBinding",
        "roleRef": {"kind": "Role", "name": "x"},
    },
    "a binding to nothing": {"kind": "RoleBinding"},
    "a roleRef of another group": {
        "kind": "RoleBinding",
        "roleRef": {"kind": "Role", "name": "x", "apiGroup": "example.org"},
    },
    "a role's name with a slash": {"kind": "RoleBinding", "roleRef": {"kind": "Role", "name": "a/b"}},
    "a subject of another group": {"subjects": [{"kind": "User", "name": "x", "apiGroup": "v1"}]},
    "a subject of another kind": {"subjects": [{"kind": "Robot", "name": "x"}]},
    "a subject without a name": {"subjects": [{"kind": "User"}]},
    "a subject that is null": {"subjects": [None]},
    "a service account with a group": {
        "subjects": [{"kind": "ServiceAccount", "name": "x", "apiGroup": "rbac.authorization.k8s.io"}]
    },
    "a service account with capitals": {"subjects": [{"kind": "ServiceAccount", "name": "X"}]},
    "a service account from nowhere": {
        "kind": "ClusterRoleBinding",
        "roleRef": {"kind": "ClusterRole", "name": "x"},
        "subjects": [{"kind": "ServiceAccount", "name": "x"}],
    },
    "a name that is a number": {"subjects": [{"kind": "User", "name": 7}]},
    "no name": {"kind": "ClusterRole", "metadata": {}},
    "a name with a percent sign": {"kind": "ClusterRole", "metadata": {"name": "a%b"}},
    "Exists with values": {
        "kind": "ClusterRole",
        "aggregationRule": {
            "clusterRoleSelectors": [
                {"matchExpressions": [{"key": "a", "operator": "Exists", "values": ["b"]}]}
            ]
        },
    },
    "a URL and an API group": {
        "kind": "ClusterRole",
        "rules": [{"verbs": ["get"], "nonResourceURLs": ["/x"], "apiGroups": [""]}],
    },
    "a URL and a resource without a group": {
        "kind": "ClusterRole",
        "rules": [{"verbs": ["get"], "nonResourceURLs": ["/x"], "resources": ["pods"]}],
    },
    "a URL and a name": {
        "kind": "ClusterRole",
        "rules": [{"verbs": ["get"], "nonResourceURLs": ["/x"], "resourceNames": ["a"]}],
    },
    "a service account without a name": {"subjects": [{"kind": "ServiceAccount"}]},
    "a service account of 254 letters": {"subjects": [{"kind": "ServiceAccount", "name": "x" * 254}]},
    "metadata that is a list": {"kind": "ClusterRole", "metadata": []},
    "a rule that is a text": {"kind": "ClusterRole", "rules": ["get"]},
    "a roleRef that is a text": {"kind": "RoleBinding", "roleRef": "x"},
    "labels of numbers": {"kind": "ClusterRole", "metadata": {"name": "rbac-tried", "labels": {"a": 1}}},
    "labels that are a text": {"kind": "ClusterRole", "metadata": {"name": "rbac-tried", "labels": "a"}},
    "rules that are an empty object": {"kind": "ClusterRole", "rules": {}},
    "a namespace with a capital": {"kind": "Role", "metadata": {"name": "rbac-tried", "namespace": "Rbac"}},
    "a name of two dots": {"kind": "ClusterRole", "metadata": {"name": ".."}},
}

TAKEN: Final = {
    "rules that are null": {"kind": "ClusterRole", "rules": None},
    "no rules": {"kind": "ClusterRole"},
    "a name with colons and capitals": {"kind": "ClusterRole", "metadata": {"name": "A:b c"}},
    "a verb that is null": {
        "kind": "Role",
        "rules": [{"verbs": [None], "apiGroups": [""], "resources": ["x"]}],
    },
    "labels that are null": {"kind": "ClusterRole", "metadata": {"name": "rbac-tried", "labels": None}},
    "an aggregation in a Role": {"kind": "Role", "aggregationRule": {}},
    "no subjects": {"kind": "RoleBinding", "roleRef": {"kind": "Role", "name": "x"}},
    "an unknown field": {"kind": "ClusterRole", "rulez": []},
    "an empty selector": {"kind": "ClusterRole", "aggregationRule": {"clusterRoleSelectors": [{}]}},
    "a service account from here": {"subjects": [{"kind": "ServiceAccount", "name": "x"}]},
}


@pytest.fixture(scope="module")
def owned(world: World) -> Iterator[Cluster]:
    """The cluster with a namespace for these objects, none of which is made."""
    world.cluster.kubectl("create", "namespace", NAMESPACE)
    yield world.cluster
    world.cluster.kubectl("delete", "namespace", NAMESPACE, "--wait=false")


def whole(value: dict[str, Any]) -> dict[str, Any]:
    """An object of the tables above with what goes without saying."""
    value = {"metadata": {"name": "rbac-tried"}} | value
    if "kind" not in value:
        value |= {"kind": "RoleBinding", "roleRef": {"kind": "Role", "name": "x"}}
    if value["kind"] in ("Role", "RoleBinding"):
        value["metadata"] = {"namespace": NAMESPACE} | value["metadata"]
    return {"apiVersion": "rbac.authorization.k8s.io/v1", **value}


def refusal(owned: Cluster, value: dict[str, Any]) -> str:
    """What the API server says against creating this; empty where it takes it."""
    try:
        owned.kubectl("create", "--dry-run=server", "--validate=false", "-f", "-", stdin=json.dumps(value))
    except subprocess.CalledProcessError as error:
        return str(error.stderr)
    return ""


@pytest.mark.parametrize("title", [*REFUSED, *TAKEN])
def test_an_object_is_refused_where_the_api_server_refuses_it(
    owned: Cluster, tmp_path: Path, title: str
) -> None:
    value = whole((REFUSED | TAKEN)[title])
    (tmp_path / "object.yaml").write_text(yaml.safe_dump(value))
    loaded = load([tmp_path])
    said = refusal(owned, value)
    assert bool(said) == (title in REFUSED), said
    refused = [problem for problem in loaded.problems if problem.refused]
    assert bool(refused) == bool(said), loaded.problems
    for problem in refused:
        field, _, message = problem.message.partition(": ")[2].partition(": ")
        assert field.split(".")[-1].split("[")[0] in said
        if message.startswith(("Required value", "Unsupported value", "Forbidden")):
            assert message.partition(": supported")[0] in said


def test_the_package_has_these_answers(owned: Cluster) -> None:
    rows = [(title, whole(value)) for title, value in (REFUSED | TAKEN).items()]
    recording.keep(
        "rbac-objects.jsonl",
        [{"title": title, "object": value, "said": refusal(owned, value)} for title, value in rows],
    )
