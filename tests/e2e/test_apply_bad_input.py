"""What `kube-oidc apply` says to input that is wrong: the reason and the fix, and nothing half done."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Final

import pytest
from kube_oidc.apply.run import clock_notes
from kube_oidc.status import Written

from e2e.harness import answers
from e2e.harness.answers import Answer
from e2e.harness.certificates import Authority
from e2e.harness.kubeconfig import certificate_user, write_kubeconfig
from e2e.harness.machine import EXAMPLE, Machine, grant, namespace

SITE: Final = [namespace("site"), *grant("site", "adam")]
ON_NO_MACHINE: Final = "--unit="  # nothing is waited for


@pytest.fixture
def machine(machines: list[Machine]) -> Machine:
    return machines[0]


def test_a_missing_kubeconfig_is_named_at_once_by_hand_and_waited_for_by_the_unit(machine: Machine) -> None:
    missing = "--kubeconfig=/nowhere/admin.kubeconfig"
    start = time.monotonic()
    by_hand = machine.apply(SITE, missing, "--timeout=60s", ON_NO_MACHINE)
    assert by_hand.status == 2
    assert "/nowhere/admin.kubeconfig" in by_hand.end
    assert time.monotonic() - start < 60, "it must not wait"
    by_unit = machine.apply(SITE, missing, "--timeout=5s")
    assert by_unit.status == 2
    assert "waiting for the API server" in by_unit.output
    assert "/nowhere/admin.kubeconfig" in by_unit.end


def test_a_user_without_permissions_changes_nothing_and_is_told_which_kubeconfig(
    machine: Machine, tmp_path: Path
) -> None:
    authority = machine.authority
    user = certificate_user(authority, "nobody-in-particular", "guests")
    weak = write_kubeconfig(tmp_path / "weak", machine.server.url, authority, user)
    done = machine.apply(SITE, f"--kubeconfig={weak}")
    assert done.status == 1, done.output
    assert "failed    RoleBinding *: could not be listed: HTTP 403: rolebindings" in done.output
    assert "its metrics cannot be asked: HTTP 403" in done.end
    assert done.end.splitlines()[-1] == (
        "fix: use the kubeconfig of the cluster's administrator (services.kube-oidc.kubeconfig)"
    )


def test_a_kubeconfig_for_another_cluster_is_not_trusted(machine: Machine, tmp_path: Path) -> None:
    other = Authority("other", tmp_path)
    user = certificate_user(machine.authority, "owner-of-both", "system:masters")
    wrong = write_kubeconfig(tmp_path / "wrong", machine.server.url, other, user)
    done = machine.apply(SITE, f"--kubeconfig={wrong}", ON_NO_MACHINE)
    assert done.status == 1, done.output
    assert "reason: TLS with" in done.end
    assert "and is the kubeconfig for it?" in done.end.splitlines()[-1]


def test_an_api_server_that_watches_no_file_keeps_its_grants(tmp_path: Path) -> None:
    """Another cluster's, say: its own grants are not revoked."""
    authority = Authority("authority", tmp_path)
    certificate = authority.issue("server", hosts=["127.0.0.1"])
    for name in ("auth.yaml", "source.yaml"):
        (tmp_path / name).write_bytes(EXAMPLE)
    paths = {
        "/version": Answer({"gitVersion": "v1.36.3"}),
        "/metrics": Answer("process_start_time_seconds 1.7e9\n"),
    }
    with answers.serve(paths, certificate) as (port, seen):
        user = certificate_user(authority, "owner", "system:masters")
        admin = write_kubeconfig(tmp_path / "admin", f"https://127.0.0.1:{port}", authority, user)
        done = Machine.by_hand(tmp_path, admin, SITE)
    assert done.status == 1, done.output
    assert "it has loaded no AuthenticationConfiguration" in done.end
    assert "is the kubeconfig for this machine's API server" in done.end.splitlines()[-1]
    assert "no grant was looked at" in done.end
    assert all("Content-Type" not in headers for headers in seen), "nothing was written"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("apiVersion: apps/v1\nkind: Deployment\n", 'no kind "Deployment" is registered'),
        ("- a list\n", "cannot unmarshal array"),
    ],
)
def test_a_file_that_is_no_configuration_is_refused_with_the_servers_reason(
    machines: list[Machine], text: str, says: str
) -> None:
    machine = machines[1]
    machine.activate(text.encode())
    done = machine.apply([])
    machine.activate(EXAMPLE)
    assert done.status == 1, done.output
    assert "the API server refused" in done.end
    assert says in done.end
    assert machine.apply([]).status == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("kind: List", "it is not JSON"),
        ('{"items": [{"kind": "Deployment", "metadata": {"name": "x"}}]}', "is not one of Namespace, "),
    ],
)
def test_a_grants_file_that_is_wrong_is_named_before_anything_is_asked(
    machine: Machine, tmp_path: Path, text: str, says: str
) -> None:
    wrong = tmp_path / "grants.json"
    wrong.write_text(text)
    done = machine.apply([], f"--grants={wrong}", "--kubeconfig=/nowhere")
    assert done.status == 2
    assert says in done.end
    assert str(wrong) in done.end


def test_another_version_of_kubernetes_is_noted(machine: Machine) -> None:
    done = machine.apply([], "--kubernetes-version=1.30", "--format=json")
    assert done.status == 0, done.output
    (note,) = json.loads(done.output)["notes"]
    assert "but the file was made for 1.30: set services.kube-oidc.kubernetesVersion" in note


def test_a_clock_that_was_set_back_is_noted() -> None:
    written = Written("/etc/kube-oidc/auth.yaml", "sha256:a", 5000.0, "", ())
    assert [*clock_notes(written, 5001.0)] == []
    (note,) = clock_notes(written, 1000.0)
    assert note == "/etc/kube-oidc/auth.yaml was written 4000 s in the future: set this machine's clock (NTP)"
