"""A person logs in with the real kubelogin, through the kubeconfig that `kube-oidc kubeconfig --login` writes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from e2e.harness import go_program, login_server
from e2e.harness.cluster import answers
from e2e.harness.login_server import LoginServer
from e2e.harness.processes import wait_until
from e2e.harness.world import EXAMPLE_FILE, NAMESPACE, World

SSO: Final = "sso.example.org"
PERSON: Final = {"sub": "3fa4c0de", "preferred_username": "alice", "groups": ["deployers"]}
SHORT_SECONDS: Final = 4
# The browser of someone who is logged in at the login server already: it follows the redirections.
BROWSER: Final = """#!/bin/sh
echo "$1" >> "{seen}"
exec curl --silent --show-error --location --output /dev/null "$1"
"""


@dataclass(frozen=True, slots=True)
class Desk:
    """A person's machine; `kubectl` runs there, `seen` lists the addresses that the browser opened."""

    server: LoginServer
    folder: Path
    environment: dict[str, str]
    kubeconfig: Path
    seen: Path

    def kubectl(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """What kubectl says to the person."""
        command = ["kubectl", f"--kubeconfig={self.kubeconfig}", *arguments]
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=120, check=False
        )


@pytest.fixture(scope="module")
def kubelogin() -> Path:
    return go_program.build("kubelogin", Path(__file__).parent / "kubelogin", "github.com/int128/kubelogin")


def configuration(url: str) -> bytes:
    """The example's file, with Keycloak's issuer next to Forgejo's."""
    content: dict[str, Any] = yaml.safe_load(EXAMPLE_FILE.read_text())
    people = {
        "issuer": {"url": url, "audiences": ["kubernetes"]},
        "claimMappings": {
            "username": {"claim": "preferred_username", "prefix": "keycloak:"},
            "groups": {"claim": "groups", "prefix": "keycloak:"},
        },
    }
    return yaml.safe_dump(content | {"jwt": [*content["jwt"], people]}).encode()


@pytest.fixture(scope="module")
def reached(world: World) -> Iterator[tuple[World, LoginServer]]:
    """The cluster through an API server that trusts the login server; deployers can view the namespace."""
    site = world.cluster.site
    with login_server.serve(LoginServer(SSO, "kubernetes", PERSON), site.authority) as server:
        world.routes[f"{SSO}:443"] = server.port
        with world.another("people", configuration(server.url)) as people:
            kubeconfig = people.kubeconfig_for(server.sign(["groups"]))
            understood = answers(site, kubeconfig, "/version")
            wait_until("the login server's keys loaded", understood, people.cluster.api_server.program)
            people.cluster.kubectl(
                "create", "rolebinding", "deployers", f"--namespace={NAMESPACE}", "--clusterrole=view",
                "--group=keycloak:deployers",
            )  # fmt: skip
            yield people, server


@pytest.fixture
def desk(reached: tuple[World, LoginServer], kubelogin: Path, tmp_path: Path) -> Callable[..., Desk]:
    """A new machine, whose kubeconfig is written with these further arguments."""

    def written(*arguments: str) -> Desk:
        people, server = reached
        site = people.cluster.site
        programs = tmp_path / "bin"
        programs.mkdir()
        (programs / "kubectl").symlink_to(site.binaries.path("kubectl"))
        (programs / "kubectl-oidc_login").symlink_to(kubelogin)
        seen, browser = tmp_path / "seen", programs / "browser"
        seen.touch()
        browser.write_text(BROWSER.format(seen=seen))
        browser.chmod(0o755)
        environment = {
            **site.environment,
            "HOME": str(tmp_path),
            "PATH": f"{programs}:{os.environ['PATH']}",
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
        }
        kubeconfig = tmp_path / "person.kubeconfig"
        authority = f"--certificate-authority={site.authority.certificate}"
        command = [
            sys.executable, "-m", "kube_oidc", "kubeconfig", "--server", people.cluster.api_server.url, authority,
            f"--namespace={NAMESPACE}", "--login", server.url, "--client-id", "kubernetes",
            f"--token-argument=--browser-command={browser}", "--token-argument=--listen-address=127.0.0.1:0",
            "--output", str(kubeconfig), *arguments,
        ]  # fmt: skip
        subprocess.run(command, check=True, timeout=60)
        return Desk(server, tmp_path, environment, kubeconfig, seen)

    return written


def whoami(desk: Desk) -> dict[str, Any]:
    said = desk.kubectl("auth", "whoami", "--output=json")
    assert said.returncode == 0, said.stderr
    user: dict[str, Any] = json.loads(said.stdout)["status"]["userInfo"]
    return user


def test_a_person_logs_in_once_and_has_the_groups_of_the_token(desk: Callable[..., Desk]) -> None:
    person = desk("--scope", "groups")
    before = person.server.logins
    user = whoami(person)
    assert user["username"] == "keycloak:alice"
    assert sorted(user["groups"]) == ["keycloak:deployers", "system:authenticated"]
    assert person.kubectl("get", "deployments").returncode == 0
    refused = person.kubectl("delete", "deployment", "blog")
    assert 'User "keycloak:alice" cannot delete resource "deployments"' in refused.stderr
    assert person.server.logins == before + 1, "the token is kept for the next commands"
    assert len(person.seen.read_text().splitlines()) == 1


def test_without_the_scope_there_are_no_groups(desk: Callable[..., Desk]) -> None:
    person = desk()
    assert whoami(person)["groups"] == ["system:authenticated"]
    assert "cannot list resource" in person.kubectl("get", "deployments").stderr


def test_a_person_without_a_browser_confirms_a_code_on_another_device(desk: Callable[..., Desk]) -> None:
    person = desk("--scope", "groups", "--token-argument=--grant-type=device-code")
    assert whoami(person)["username"] == "keycloak:alice"
    [opened] = person.seen.read_text().splitlines()
    assert opened.startswith(f"{person.server.url}/activate?user_code=")


def test_the_plugin_prints_the_token_that_explain_reads(desk: Callable[..., Desk]) -> None:
    person = desk("--scope", "groups")
    plugin = yaml.safe_load(person.kubeconfig.read_text())["users"][0]["user"]["exec"]
    command = [plugin["command"], *plugin["args"]]
    said = subprocess.run(
        command, env=person.environment, capture_output=True, text=True, timeout=120, check=True
    )
    file = person.folder / "auth.yaml"
    file.write_bytes(configuration(person.server.url))
    explained = subprocess.run(
        [sys.executable, "-m", "kube_oidc", "explain", file, "--token-file", "-"],
        input=json.loads(said.stdout)["status"]["token"], capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert "this token becomes the user keycloak:alice" in explained.stdout, explained.stderr


def test_an_expired_token_is_renewed_without_a_browser(desk: Callable[..., Desk]) -> None:
    person = desk("--scope", "groups")
    person.server.lifetime = SHORT_SECONDS
    try:
        whoami(person)
        logins, refreshes = person.server.logins, person.server.refreshes
        time.sleep(SHORT_SECONDS + 1)
        assert whoami(person)["username"] == "keycloak:alice"
        assert (person.server.logins, person.server.refreshes) == (logins, refreshes + 1)
    finally:
        person.server.lifetime = 300


def test_the_kubeconfig_has_no_secret_and_the_issuer_must_be_the_same(desk: Callable[..., Desk]) -> None:
    person = desk("--scope", "groups")
    text = person.kubeconfig.read_text()
    assert "token:" not in text
    assert "secret" not in text
    person.kubeconfig.write_text(text.replace(person.server.url, f"{person.server.url}/"))
    said = person.kubectl("auth", "whoami")
    assert said.returncode != 0
    assert "issuer did not match" in said.stderr


def test_without_kubelogin_kubectl_says_what_to_install(desk: Callable[..., Desk]) -> None:
    person = desk("--command", "kubelogin-that-is-missing")
    said = person.kubectl("auth", "whoami")
    assert "kubectl oidc-login is kubelogin: https://github.com/int128/kubelogin#setup" in said.stderr
