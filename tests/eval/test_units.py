"""The units' own scripts against real API servers: what they wait for, and what fails them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import Final

import pytest
from e2e.harness.machine import Machine, Units, finish
from e2e.harness.placing import renamed

ROOT: Final = Path(__file__).parents[2]
EXAMPLE: Final = (ROOT / "examples/forgejo/auth.yaml").read_text()
OTHER: Final = EXAMPLE.replace("'adam'", "'eve'")
WRONG: Final = EXAMPLE.replace("claims.?repository_owner", "claims.?repository_owner &&")


def replace(machine: Machine, text: str) -> None:
    """Puts another file in the place of the configuration, as an activation does."""
    renamed(machine.server.configuration, text.encode())


def test_a_loaded_file_ends_at_once(machines: list[Machine], unit: Units) -> None:
    status, output = machines[0].run(unit("kube-oidc-loaded"))
    assert status == 0, output
    assert "the API server has loaded" in output
    assert "first-owner" in output
    assert "waiting" not in output


def test_an_api_server_that_does_not_answer(machines: list[Machine], unit: Units, tmp_path: Path) -> None:
    gone = tmp_path / "gone.kubeconfig"
    gone.write_text(re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:1", machines[0].server.admin.read_text()))
    status, output = machines[0].run(unit("kube-oidc-loaded"), KUBECONFIG=str(gone), START_SECONDS="1")
    assert status == 1, output
    assert "has not answered within 1 s" in output
    assert "was refused" in output


def test_an_api_server_that_starts_is_waited_for(machines: list[Machine], unit: Units) -> None:
    """The first activation restarts it: the script begins while nothing answers yet."""
    machine, loaded = machines[1], unit("kube-oidc-loaded")
    machine.server.program.stop(patience=60)
    waiting = machine.start(loaded, START_SECONDS="60")
    time.sleep(2)
    machine.server.program.restart()
    status, output = finish(waiting)
    assert status == 0, output
    assert "waiting for the API server to answer: " in output
    assert "the API server has loaded" in output

    # Before Kubernetes 1.34: a start after the file took its place is a proof.
    status, output = machine.run(unit("kube-oidc-loaded", 'kubernetesVersion = "1.33";'))
    assert status == 0, output
    assert "waiting" not in output


def test_of_several_api_servers_the_own_one_is_asked(machines: list[Machine], unit: Units) -> None:
    """The kubeconfig leads to the second server; this machine is the first one's."""
    first, second = machines
    elsewhere = str(second.server.admin)
    status, output = first.run(unit("kube-oidc-loaded"), KUBECONFIG=elsewhere, SERVER=first.server.url)
    assert status == 0, output
    assert first.server.url in output, output
    assert second.server.url not in output, output


def test_a_kubeconfig_that_is_not_there_is_named(
    machines: list[Machine], unit: Units, tmp_path: Path
) -> None:
    absent = str(tmp_path / "absent")
    status, output = machines[0].run(unit("kube-oidc-loaded"), KUBECONFIG=absent, START_SECONDS="1")
    assert status == 1, output
    assert absent in output


def test_a_change_is_waited_for_and_a_refusal_told(machines: list[Machine], unit: Units) -> None:
    loaded = unit("kube-oidc-loaded")
    good, bad = machines
    for machine, text in ((good, OTHER), (bad, WRONG)):
        replace(machine, text)
    waiting = [machine.start(loaded) for machine in machines]
    (status, taken), (failed, refused) = (finish(process) for process in waiting)
    assert status == 0, taken
    assert "waiting for the API server to load" in taken
    assert failed == 1, refused
    assert "the API server refused" in refused
    assert "jwt[0].claimValidationRules[0].expression: Invalid value" in refused, refused


def test_the_same_refused_file_again_gives_the_same_reason(machines: list[Machine], unit: Units) -> None:
    """The API server does not try it twice: nothing happens after this activation."""
    time.sleep(1)
    replace(machines[1], WRONG)
    status, output = machines[1].run(unit("kube-oidc-loaded"), RELOAD_SECONDS="2")
    assert status == 1, output
    assert "the last file that it tried, it did not take" in output
    assert "jwt[0].claimValidationRules[0].expression: Invalid value" in output, output


def test_the_log_of_a_pod_is_read(machines: list[Machine], unit: Units, tmp_path: Path) -> None:
    """rke2's API server is a pod, whose log is in files; each line there begins with a time and a stream."""
    folder = tmp_path / "pods" / "kube-system_kube-apiserver-x" / "kube-apiserver"
    folder.mkdir(parents=True)
    lines = machines[1].server.program.log.read_text().splitlines()
    (folder / "0.log").write_text("".join(f"2026-01-01T00:00:00Z stderr F {line}\n" for line in lines))
    pattern = f"{tmp_path}/pods/kube-system_kube-apiserver-*/kube-apiserver/*.log"
    status, output = machines[1].run(unit("kube-oidc-loaded"), LOGS=pattern, RELOAD_SECONDS="2")
    assert status == 1, output
    assert "jwt[0].claimValidationRules[0].expression: Invalid value" in output, output


def test_before_the_hash_it_says_what_it_can_know(machines: list[Machine], unit: Units) -> None:
    """No hash before Kubernetes 1.34: a reload since the change is the proof, a refusal is one too."""
    older = unit("kube-oidc-loaded", 'kubernetesVersion = "1.33";')
    good, bad = machines
    time.sleep(1)
    replace(good, EXAMPLE)
    replace(bad, WRONG.replace("&&", "||"))
    waiting = [machine.start(older) for machine in machines]
    (status, taken), (failed, refused) = (finish(process) for process in waiting)
    assert status == 0, taken
    assert "the API server has loaded" in taken
    assert failed == 1, refused
    assert "the API server refused" in refused

    replace(good, EXAMPLE)
    status, output = good.run(older, RELOAD_SECONDS="2")
    assert status == 0, output
    assert "does not say which file it has loaded" in output


def test_an_api_server_without_the_flag_is_told(machines: list[Machine], unit: Units, tmp_path: Path) -> None:
    """Nothing in its metrics says that it watches a file."""
    kubectl = tmp_path / "kubectl"
    kubectl.write_text("#!/bin/sh\nexit 0\n")
    kubectl.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{machines[0].environment['PATH']}"
    status, output = machines[0].run(unit("kube-oidc-loaded"), PATH=path, RELOAD_SECONDS="1")
    assert status == 1, output
    assert "is --authentication-config on its command line?" in output


def test_the_scripts_pass_shellcheck() -> None:
    if shutil.which("shellcheck") is None:
        pytest.skip("shellcheck is not on this machine: the units' scripts are not linted")
    scripts = sorted(str(path) for path in (ROOT / "modules").glob("*.sh"))
    checked = subprocess.run(
        ["shellcheck", "--shell=bash", *scripts], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout
