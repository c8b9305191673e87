"""k3s' manifest as k3s applies it: what has gone from it is deleted from the cluster, and namespaces are not."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from e2e.harness import go_program
from e2e.harness.machine import Machine

OURS: Final = "--selector=app.kubernetes.io/managed-by=kube-oidc"


@pytest.fixture(scope="session")
def deploy() -> Callable[[Machine, list[Any]], None]:
    """Applies objects with the library of k3s' deploy controller, each time as one and the same addon."""
    program = go_program.build("addons", Path(__file__).parent / "addons")

    def apply(machine: Machine, objects: list[Any]) -> None:
        manifest = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
        command = [program, str(machine.server.admin)]
        done = subprocess.run(
            command, input=manifest, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr

    return apply


def manifest(evaluate: Callable[[str], Any], *namespaces: str) -> list[Any]:
    """The content of k3s' manifest with a grant in each namespace, which it creates."""
    grants = "".join(
        f'grants.{name} = {{ issuer = "forgejo"; user = "forgejo:repo:adam/{name}:ref:refs/heads/main";'
        f' namespace = "{name}"; createNamespace = true; preset = "deploy"; }};'
        for name in namespaces
    )
    objects: list[Any] = evaluate(f"""
      (evaluate.machine [ evaluate.k3s evaluate.forgejo (evaluate.oidc {{ {grants} }}) ])
        .services.k3s.manifests.kube-oidc.content
    """)
    return objects


def bindings(machine: Machine) -> list[str]:
    names = machine.kubectl("get", "rolebindings", "--all-namespaces", OURS, "--output=name")
    return sorted(name.rpartition("/")[2] for name in names.split())


def phase(machine: Machine, namespace: str) -> str:
    return machine.kubectl("get", "namespace", namespace, "--output=jsonpath={.status.phase}")


def test_a_grant_that_is_gone_is_revoked_and_its_namespace_stays(
    machines: list[Machine],
    deploy: Callable[[Machine, list[Any]], None],
    evaluate: Callable[[str], Any],
) -> None:
    machine = machines[0]
    machine.kubectl("create", "namespace", "older")
    deploy(machine, manifest(evaluate, "newer", "older"))
    assert bindings(machine) == ["kube-oidc:newer", "kube-oidc:older"]

    deploy(machine, manifest(evaluate, "newer"))
    assert bindings(machine) == ["kube-oidc:newer"]
    deploy(machine, manifest(evaluate))
    assert bindings(machine) == []
    assert [phase(machine, name) for name in ("newer", "older")] == ["Active", "Active"]


def test_without_the_label_the_namespace_would_go(
    machines: list[Machine],
    deploy: Callable[[Machine, list[Any]], None],
    evaluate: Callable[[str], Any],
) -> None:
    machine = machines[0]
    objects = manifest(evaluate, "unlabelled")
    for item in objects:
        item["metadata"]["labels"].pop("objectset.rio.cattle.io/prune", None)
    deploy(machine, objects)
    assert phase(machine, "unlabelled") == "Active"
    deploy(machine, manifest(evaluate))
    assert phase(machine, "unlabelled") == "Terminating"
