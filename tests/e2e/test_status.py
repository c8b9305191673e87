"""`kube-oidc status` on real API servers: one alone, two of which one has an old file, some that cannot be asked."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from e2e.harness import answers
from e2e.harness.binaries import MINOR
from e2e.harness.certificates import Authority
from e2e.harness.cluster import Cluster
from e2e.harness.outcome import BUSY_SECONDS
from e2e.harness.status import report, status
from e2e.harness.world import EXAMPLE_FILE, HOST, MAIN, World
from e2e.test_reload import hash_of

OLD = EXAMPLE_FILE.read_bytes().replace(b'prefix: "forgejo:"', b'prefix: "older:"')


@pytest.fixture(scope="module")
def second(world: World) -> Iterator[Cluster]:
    """A second API server on the same etcd, with an older file."""
    with world.another("older", OLD) as other:
        yield other.cluster


def test_one_api_server_with_the_written_file_is_well(world: World) -> None:
    said = status(
        f"--kubeconfig={world.cluster.api_server.admin}",
        str(EXAMPLE_FILE),
        **world.cluster.site.environment,
    )
    assert said.returncode == 0, said.stdout + said.stderr
    lines = said.stdout.splitlines()
    assert lines[0].startswith(f"warning  issuer https://{HOST}/api/actions: its certificate expires in ")
    assert any(line.endswith(": loaded") for line in lines)
    server = rf"{re.escape(world.cluster.api_server.url)} \(v{re.escape(MINOR)}\.\d+\)"
    assert re.search(rf"{server}  this file +none since its start", said.stdout)
    assert "by HTTPS_PROXY" in said.stdout
    assert "forgejo-1 (RSA 2048, RS256)" in said.stdout
    assert "success" in said.stdout
    assert "the issuer's" in said.stdout


def test_tokens_that_were_refused_lately_are_shown(world: World, tmp_path: Path) -> None:
    """On a machine whose journal has the API server's log; the command that is printed explains them."""
    token = world.issuer.sign(world.issuer.claims(MAIN, "another-audience"))
    log = world.cluster.api_server.program.log
    before = log.stat().st_size
    with pytest.raises(subprocess.CalledProcessError):
        world.cluster.kubectl("get", "--raw", "/version", kubeconfig=world.kubeconfig_for(token))
    journal = tmp_path / "journalctl"
    show = f"tail -c +{before + 1} {log}"  # what other tests were refused is older
    journal.write_text(f'#!/bin/sh\ncase "$*" in *--unit*kube-apiserver.service*) {show};; esac\n')
    journal.chmod(0o755)
    path = f"{tmp_path}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    said = status(
        f"--kubeconfig={world.cluster.api_server.admin}",
        str(EXAMPLE_FILE),
        "--only=servers",
        **world.cluster.site.environment,
        PATH=path,
    )
    assert said.returncode == 0, said.stdout + said.stderr
    start = "warning  journal kube-apiserver.service: refused "
    reason = 'oidc: verify token: oidc: expected audience "forgejo" got ["another-audience"]'
    lines = said.stdout.splitlines()
    [number] = [
        number for number, line in enumerate(lines) if line.startswith(start) and line.endswith(reason)
    ]
    command = re.fullmatch(r" +`(journalctl .*)` shows why", lines[number + 1])
    assert command
    done = subprocess.run(
        ["bash", "-c", command[1]],
        env={"PATH": path},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert f"refused: {reason}" in done.stdout or f" times): {reason}" in done.stdout
    assert "jwt[0].issuer.audiences" in done.stdout


def test_one_of_two_api_servers_with_an_old_file_is_named(world: World, second: Cluster) -> None:
    found = report(
        f"--kubeconfig={world.cluster.api_server.admin}",
        str(EXAMPLE_FILE),
        f"--server={world.cluster.api_server.url}",
        f"--server={second.api_server.url}",
        "--only=servers",
    )
    assert not found["ok"]
    assert [server["matches"] for server in found["servers"]] == [True, False]
    (problem,) = found["problems"]
    assert problem["about"] == second.api_server.url
    assert problem["code"] == "other-file"
    assert hash_of(OLD) in problem["message"]
    assert all(server["user"]["username"] == "kube-apiserver-owner" for server in found["servers"])


def test_without_a_file_the_api_servers_are_compared_with_each_other(world: World, second: Cluster) -> None:
    found = report(
        f"--kubeconfig={world.cluster.api_server.admin}",
        f"--server={world.cluster.api_server.url}",
        f"--server={second.api_server.url}",
    )
    assert [problem["code"] for problem in found["problems"]] == ["servers-differ"]


def test_tokens_and_key_fetches_are_told_by_issuer(world: World) -> None:
    token = world.issuer.sign(world.issuer.claims(MAIN, "forgejo"))
    world.cluster.kubectl("auth", "whoami", kubeconfig=world.kubeconfig_for(token))
    found = report(
        f"--kubeconfig={world.cluster.api_server.admin}",
        str(EXAMPLE_FILE),
        **world.cluster.site.environment,
    )
    (known,) = found["servers"][0]["issuers"]
    assert known["url"] == world.issuer.url
    assert known["tokens"]["success"] >= 1
    assert known["lastFetch"]["result"] == "success"
    assert known["keySetHash"] == found["issuers"][0]["keySetHash"]


def slice_of(*addresses: str) -> dict[str, Any]:
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": "kubernetes", "labels": {"kubernetes.io/service-name": "kubernetes"}},
        "addressType": "IPv4",
        "ports": [{"name": "https", "port": 6443, "protocol": "TCP"}],
        "endpoints": [{"addresses": [address]} for address in addresses],
    }


def test_the_api_servers_behind_the_kubernetes_service_are_found(world: World, second: Cluster) -> None:
    """Through the proxy, for the cluster names no loopback address, and by the name that all certificates have."""
    addresses = {"192.0.2.1": world.cluster.api_server.url, "192.0.2.2": second.api_server.url}
    routes = {f"{address}:6443": int(url.rpartition(":")[2]) for address, url in addresses.items()}
    world.cluster.kubectl("create", "-f", "-", "--namespace=default", stdin=json.dumps(slice_of(*addresses)))
    try:
        with answers.hosts({}, routes) as (proxy, _):
            found = report(
                f"--kubeconfig={world.cluster.api_server.admin}",
                str(EXAMPLE_FILE),
                "--only=servers",
                HTTPS_PROXY=proxy,
                https_proxy=proxy,
            )
            alone = report(f"--kubeconfig={world.cluster.api_server.admin}", "--only=server")
    finally:
        world.cluster.kubectl("delete", "endpointslice", "kubernetes", "--namespace=default")
    assert {server["server"]: server["matches"] for server in found["servers"]} == {
        world.cluster.api_server.url: True,
        "https://192.0.2.1:6443": True,
        "https://192.0.2.2:6443": False,
    }
    assert [server["server"] for server in alone["servers"]] == [world.cluster.api_server.url]


def test_a_stranger_is_told_what_it_may_not_read(world: World) -> None:
    token = world.issuer.sign(world.issuer.claims(MAIN, "forgejo"))
    said = status(f"--kubeconfig={world.kubeconfig_for(token)}", str(EXAMPLE_FILE), "--only=servers")
    assert said.returncode == 1
    assert 'cannot get path "/metrics"' in said.stdout
    assert "(needs the verb `get` on the URL /metrics)" in said.stdout
    assert f"forgejo:{MAIN.subject}" in said.stdout
    assert token not in said.stdout + said.stderr


def test_a_token_that_is_refused_is_said_to_be(world: World) -> None:
    token = world.issuer.sign(world.issuer.claims(MAIN, "another audience"))
    said = status(f"--kubeconfig={world.kubeconfig_for(token)}")
    assert said.returncode == 1
    assert "HTTP 401: Unauthorized" in said.stdout
    assert token not in said.stdout + said.stderr


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("--server", "https://127.0.0.1:9", "refused the connection"),
        ("--tls-server-name", "other.example.org", "its certificate is for another host name"),
    ],
)
def test_an_api_server_that_cannot_be_reached_is_named(
    world: World, option: str, value: str, says: str
) -> None:
    said = status(f"--kubeconfig={world.cluster.api_server.admin}", f"{option}={value}", "--timeout=30s")
    assert said.returncode == 1
    assert says in said.stdout.splitlines()[0]


def test_an_api_server_that_says_nothing_ends_with_the_timeout(world: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = f"https://127.0.0.1:{silent.getsockname()[1]}"
        start = time.monotonic()
        said = status(f"--kubeconfig={world.cluster.api_server.admin}", f"--server={server}", "--timeout=4s")
    assert time.monotonic() - start < 4 + BUSY_SECONDS
    assert said.returncode == 1
    assert said.stdout.startswith(f"error    server {server}: {server} sent no complete response within")


def test_an_authority_that_did_not_sign_the_api_server_is_not_trusted(world: World, tmp_path: Path) -> None:
    stranger = Authority("stranger", tmp_path)
    content = yaml.safe_load(world.cluster.api_server.admin.read_text())
    content["clusters"][0]["cluster"]["certificate-authority"] = str(stranger.certificate)
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(yaml.safe_dump(content))
    said = status(f"--kubeconfig={kubeconfig}")
    assert said.returncode == 1
    assert "its certificate is not signed by a trusted CA" in said.stdout


def test_an_unusable_kubeconfig_is_an_error_of_the_command(tmp_path: Path) -> None:
    said = status(f"--kubeconfig={tmp_path / 'nowhere'}")
    assert said.returncode == 2
    assert said.stderr.startswith(f"kube-oidc status: cannot read the kubeconfig {tmp_path / 'nowhere'}")
    assert "Traceback" not in said.stderr


def test_a_credential_plugin_that_hangs_ends_with_the_timeout(world: World, tmp_path: Path) -> None:
    content = yaml.safe_load(world.cluster.api_server.admin.read_text())
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "sleep",
        "args": ["60"],
        "interactiveMode": "Never",
    }
    content["users"][0]["user"] = {"exec": plugin}
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(yaml.safe_dump(content))
    start = time.monotonic()
    said = status(f"--kubeconfig={kubeconfig}", "--timeout=1s")
    assert said.returncode == 2
    assert "credential plugin took more than 1 s" in said.stderr
    assert time.monotonic() - start < 1 + BUSY_SECONDS
