"""Objects that earlier versions made, through NixOS' addon manager or k3s' manifests: `apply` takes them over."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from e2e.harness import go_program
from e2e.harness.machine import Machine, grant, namespace

Deploy = Callable[[Machine, list[Any]], None]
PRUNE: Final = {"metadata": {"labels": {"objectset.rio.cattle.io/prune": "false"}}}


@pytest.fixture(scope="session")
def deploy() -> Deploy:
    """Applies objects with the library of k3s' deploy controller, each time as the same addon."""
    program = go_program.build("addons", Path(__file__).parent / "addons")

    def apply(machine: Machine, objects: list[Any]) -> None:
        manifest = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
        command = [program, str(machine.server.admin)]
        done = subprocess.run(
            command, input=manifest, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr

    return apply


def marks(machine: Machine, kind: str, name: str, space: str) -> list[str]:
    """Labels and annotations by which k3s or kubectl would prune it."""
    found = json.loads(machine.kubectl("get", kind, name, f"--namespace={space}", "--output=json"))[
        "metadata"
    ]
    names = [*found.get("labels", {}), *found.get("annotations", {})]
    return [mark for mark in names if "objectset" in mark or "last-applied" in mark]


def test_what_the_addon_manager_made_is_adopted_and_revoked(machines: list[Machine]) -> None:
    machine = machines[0]
    machine.create(namespace("adopted"), *grant("kept", "a", namespace="adopted"))
    machine.create(*grant("gone", "a", namespace="adopted"))
    done = machine.apply(grant("kept", "a", namespace="adopted"))
    assert done.status == 0, done.output
    assert "adopted   RoleBinding adopted/kube-oidc:kept" in done.output
    assert "revoked   RoleBinding adopted/kube-oidc:gone" in done.output
    assert marks(machine, "rolebinding", "kube-oidc:kept", "adopted") == []
    done = machine.apply(grant("kept", "a", namespace="adopted"))
    assert "2 unchanged" in done.output, done.output


def test_what_k3s_made_is_adopted_and_no_longer_k3s(machines: list[Machine], deploy: Deploy) -> None:
    machine = machines[0]
    objects = [{**namespace("k3s"), **PRUNE}, *grant("kept", "a", namespace="k3s")]
    objects[0]["metadata"] = {"name": "k3s", **PRUNE["metadata"]}
    deploy(machine, [*objects, *grant("gone", "a", namespace="k3s")])
    assert marks(machine, "rolebinding", "kube-oidc:kept", "k3s")

    done = machine.apply([namespace("k3s"), *grant("kept", "a", namespace="k3s")])
    assert done.status == 0, done.output
    assert "adopted   RoleBinding k3s/kube-oidc:kept" in done.output
    assert "revoked   Role k3s/kube-oidc:gone" in done.output
    assert marks(machine, "rolebinding", "kube-oidc:kept", "k3s") == []

    deploy(machine, [])  # what k3s would do if it pruned the addon
    assert machine.kubectl("get", "rolebinding", "kube-oidc:kept", "--namespace=k3s", "--output=name")
    assert machine.kubectl("get", "namespace", "k3s", "--output=jsonpath={.status.phase}") == "Active"
