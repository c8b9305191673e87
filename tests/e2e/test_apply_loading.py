"""`kube-oidc apply` and the file: it waits until the API server has loaded it, and says why that will not happen."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from kube_oidc.apply import run
from kube_oidc.status import waiting

from e2e.harness.machine import EXAMPLE, Machine, finish, grant, namespace
from e2e.harness.outcome import BUSY_SECONDS

RELOAD_SECONDS = 60  # how often the API server looks at its file
OTHER = EXAMPLE.replace(b"'adam'", b"'eve'")
WRONG = EXAMPLE.replace(b"claims.?repository_owner", b"claims.?repository_owner &&")
SITE = [namespace("site"), *grant("site", "adam")]


@pytest.fixture
def machine(machines: list[Machine]) -> Iterator[Machine]:
    """The second machine, which gets its file back at the end."""
    machine = machines[1]
    yield machine
    machine.stopped("active")
    machine.activate(EXAMPLE)
    machine.server.program.restart()
    done = machine.apply([])
    assert done.status == 0, done.output


def test_a_changed_file_is_waited_for(machine: Machine) -> None:
    machine.activate(OTHER)
    done = machine.apply(SITE)
    assert done.status == 0, done.output
    assert "0 of 1 API servers have loaded" in done.output
    assert "created   RoleBinding site/kube-oidc:site" in done.output


@pytest.fixture
def older(monkeypatch: pytest.MonkeyPatch) -> None:
    """An API server before Kubernetes 1.34, whose metrics have no hash: its times decide."""
    ask = waiting.ask_metrics
    monkeypatch.setattr(waiting, "ask_metrics", lambda way: replace(ask(way), loaded_hash=None))
    for module in (waiting, run):
        monkeypatch.setattr(module, "ask_version", lambda _: "v1.33.13")


@pytest.mark.usefixtures("older")
def test_before_the_hash_a_start_a_reload_and_a_refusal_are_seen(machine: Machine) -> None:
    machine.activate(OTHER)
    machine.server.program.restart()
    started = machine.apply(SITE)
    assert started.status == 0, started.output

    machine.activate(EXAMPLE)
    reloaded = machine.apply(SITE)
    assert reloaded.status == 0, reloaded.output
    assert "0 of 1 API servers have loaded" in reloaded.output

    machine.activate(EXAMPLE)  # the next activation writes the same file again
    start = time.monotonic()
    again = machine.apply(SITE)
    assert again.status == 0, again.output
    assert time.monotonic() - start < RELOAD_SECONDS, "it must not wait for another reload"

    machine.activate(WRONG)
    refused = machine.apply(SITE)
    assert refused.status == 1, refused.output
    assert "the API server refused" in refused.end


def test_a_refused_file_fails_at_once_and_again_and_grants_nothing(machine: Machine) -> None:
    machine.apply(SITE)
    for _ in range(2):
        machine.activate(WRONG)
        start = time.monotonic()
        done = machine.apply(grant("new", "eve"))
        assert time.monotonic() - start < RELOAD_SECONDS + BUSY_SECONDS
        assert done.status == 1, done.output
        assert "the API server refused" in done.end
        assert "jwt[0].claimValidationRules[0].expression: Invalid value" in done.end
        assert "nixos-rebuild switch --rollback" in done.end.splitlines()[-1]
        assert "2 postponed" in done.end
    assert "unchanged" not in done.output
    names = machine.kubectl("get", "rolebindings", "--namespace=site", "--output=name")
    assert names == "", "revoked although the file was refused"


def test_a_file_that_is_refused_at_the_start_is_named(machine: Machine) -> None:
    machine.server.program.stop(patience=60)
    machine.activate(WRONG)
    machine.server.program.restart()
    machine.server.program.wait(60)
    machine.stopped("failed")
    done = machine.apply(SITE)
    assert done.status == 1, done.output
    assert "the API server does not start with" in done.end
    assert "jwt[0].claimValidationRules[0].expression: Invalid value" in done.end


def test_an_api_server_that_starts_is_waited_for(machine: Machine) -> None:
    machine.server.program.stop(patience=60)
    begun = machine.begin(SITE)
    assert begun.stdout is not None
    assert "waiting for the API server" in begun.stdout.readline()
    machine.server.program.restart()
    done = finish(begun)
    assert done.status == 0, done.output


def test_an_api_server_that_was_stopped_is_not_waited_for(machine: Machine) -> None:
    machine.server.program.stop(patience=60)
    machine.stopped("inactive")
    start = time.monotonic()
    done = machine.apply(SITE)
    assert time.monotonic() - start < RELOAD_SECONDS, "it must not wait for a stopped server"
    assert done.status == 1
    assert "the API server's unit kube-apiserver.service is inactive" in done.end
    assert "systemctl restart kube-apiserver.service" in done.end.splitlines()[-1]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (EXAMPLE[:300], "is truncated: it has the first 300 of"),
        (EXAMPLE + b"# by hand\n", "was edited: it is sha256:"),
    ],
)
def test_a_file_that_is_not_the_one_that_was_built_is_named(machine: Machine, data: bytes, says: str) -> None:
    machine.apply(SITE)
    machine.activate(data)
    machine.source.write_bytes(EXAMPLE)
    done = machine.apply([SITE[0]])
    assert done.status == 1, done.output
    assert says in done.end
    assert "revoked   RoleBinding site/kube-oidc:site" in done.output


def test_a_missing_file_is_named(machine: Machine) -> None:
    machine.server.configuration.unlink()
    done = machine.apply(SITE)
    assert done.status == 1, done.output
    assert "auth.yaml not found" in done.end


def test_the_log_of_a_pod_is_read(machine: Machine) -> None:
    """rke2's API server is a pod, whose log is in files; each line there begins with a time and a stream."""
    machine.activate(WRONG)
    machine.apply([])
    folder = machine.folder / "pods" / "kube-system_kube-apiserver-x" / "kube-apiserver"
    folder.mkdir(parents=True, exist_ok=True)
    lines = machine.server.program.log.read_text().splitlines()
    (folder / "0.log").write_text("".join(f"2026-01-01T00:00:00Z stderr F {line}\n" for line in lines))
    pattern = f"{machine.folder}/pods/kube-system_kube-apiserver-*/kube-apiserver/*.log"
    done = machine.apply([], f"--logs={pattern}")
    assert done.status == 1, done.output
    assert "jwt[0].claimValidationRules[0].expression: Invalid value" in done.end


def test_of_several_api_servers_this_machines_own_is_asked(machines: list[Machine]) -> None:
    """The kubeconfig leads to the second server; this machine is the first one's."""
    first, second = machines
    done = first.apply(
        [], f"--kubeconfig={second.server.admin}", f"--server={first.server.url}", "--format=json"
    )
    assert done.status == 0, done.output
    assert first.server.url in done.output
    assert second.server.url not in done.output
