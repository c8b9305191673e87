"""`--live` where nothing can be read of the cluster: one reason, once; and a server that is no API server."""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from typing import Any

import pytest
from kube_oidc import cli
from kube_oidc.cli import main
from kube_oidc.cluster.access import read
from kube_oidc.cluster.exchange import refusal

CONFIG = """\
apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
jwt:
- issuer: {url: "https://i.example.org", audiences: [a]}
  claimMappings: {username: {claim: sub, prefix: "x:"}}
"""
KUBECONFIG = """\
clusters: [{{name: c, cluster: {{server: "{server}"}}}}]
users: [{{name: u, user: {{token: t}}}}]
contexts: [{{name: c, context: {{cluster: c, user: u}}}}]
current-context: c
"""


@pytest.mark.parametrize("command", [["check"], ["access"]])
def test_what_refuses_every_question_is_named_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    (tmp_path / "auth.yaml").write_text(CONFIG)
    with socket.socket() as bound:  # and not listening
        bound.bind(("127.0.0.1", 0))
        server = f"https://127.0.0.1:{bound.getsockname()[1]}"
        (tmp_path / "config").write_text(KUBECONFIG.format(server=server))
        words = [*command, str(tmp_path / "auth.yaml"), "--live", "--kubeconfig", str(tmp_path / "config")]
        assert main([*words, "--timeout=5s"]) == 2
    said = capsys.readouterr().err
    assert said.endswith(
        f": --live: cannot read RBAC objects from {server}: {server} refused the connection\n"
    )


class Answering:
    """A connection whose every answer is the same."""

    server = "https://k.example.org"

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def get(self, _: str) -> Any:
        return self.answer


@pytest.mark.parametrize("answer", [{}, {"items": None}, {"items": {}}, {"kind": "Status"}])
def test_what_answers_without_a_list_is_no_cluster_without_roles(answer: Any) -> None:
    connection: Any = Answering(answer)
    loaded, missing = read(connection, "")
    assert not loaded.objects.roles
    assert missing[0] == "clusterroles: the response is not a list: is this an API server?"
    assert len(missing) == 4


def test_an_empty_list_is_a_cluster_without_roles() -> None:
    connection: Any = Answering({"kind": "RoleList", "items": [], "metadata": {}})
    assert read(connection, "")[1] == ()


def test_a_redirect_is_said_to_be_one() -> None:
    assert refusal(302, b"") == "HTTP 302, a redirect (not followed): is this an API server?"


@pytest.mark.slow
@pytest.mark.parametrize("terminal", [True, False])
def test_a_terminal_is_told_that_it_takes_a_while(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, terminal: bool
) -> None:
    monkeypatch.setattr(cli, "SLOW_NOTICE_SECONDS", 0.2)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        server = f"https://127.0.0.1:{silent.getsockname()[1]}"
        (tmp_path / "config").write_text(KUBECONFIG.format(server=server))
        assert main(["status", "--kubeconfig", str(tmp_path / "config"), "--timeout=1s"]) == 1
    said = capsys.readouterr().err
    assert said == ("kube-oidc status: still running; press Ctrl-C to stop\n" if terminal else "")
