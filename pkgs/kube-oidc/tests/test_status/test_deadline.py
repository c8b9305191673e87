"""--timeout holds for all that is asked: one question after another does not add up."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path

import kubernetes  # noqa: F401 - loaded before the clock runs
import pytest
from kube_oidc.cli import main
from kube_oidc.issuers.discovery import IssuerError, discover
from kube_oidc.issuers.report import ask
from kube_oidc.model import Issuer
from kube_oidc.net.deadline import Deadline

pytestmark = pytest.mark.slow

TIMEOUT_SECONDS = 1.0
CONFIG = """\
apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
jwt:
- issuer: {url: "https://127.0.0.1:PORT", audiences: [a]}
  claimMappings: {username: {claim: sub, prefix: "x:"}}
"""


@pytest.mark.parametrize(
    "arguments",
    [
        ("status",),
        ("status", "--only=server"),
        ("status", "auth.yaml"),
        ("access", "auth.yaml", "--live"),
        ("check", "auth.yaml", "--live"),
        ("explain", "auth.yaml", "--claims=claims", "--live"),
    ],
    ids=" ".join,
)
def test_a_server_that_says_nothing_costs_the_timeout_once(
    arguments: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        cluster = {"name": "c", "cluster": {"server": f"https://127.0.0.1:{port}"}}
        context = {"name": "x", "context": {"cluster": "c", "user": ""}}
        document = {"clusters": [cluster], "contexts": [context], "current-context": "x"}
        Path("kubeconfig").write_text(json.dumps(document))
        Path("auth.yaml").write_text(CONFIG.replace("PORT", str(port)))
        Path("claims").write_text("{}")
        start = time.monotonic()
        ended = main([*arguments, "--kubeconfig=kubeconfig", f"--timeout={TIMEOUT_SECONDS}s"])
        assert TIMEOUT_SECONDS <= time.monotonic() - start < 1.8 * TIMEOUT_SECONDS
    said = capsys.readouterr()
    assert ended == (1 if arguments[0] == "status" else 2)
    assert "sent no complete response within" in said.out + said.err


def test_what_would_be_asked_too_late_is_not_asked() -> None:
    issuer = Issuer("https://127.0.0.1:9", None, "", ("a",), "", "")
    with pytest.raises(
        IssuerError, match=r"https://127\.0\.0\.1:9 was not asked: the deadline of 1e-09 s was over"
    ):
        discover(issuer, Deadline(1e-9))


@pytest.mark.parametrize(
    ("code", "says", "remedy"),
    [
        (
            socket.EAI_NONAME,
            "DNS: forge.example.org has no address",
            "check the host in the issuer's URL",
        ),
        (socket.EAI_AGAIN, "DNS: no name server responds for forge.example.org", "the name server in"),
    ],
)
def test_a_name_that_is_not_found_is_told_with_its_remedy(
    code: int, says: str, remedy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(code, "")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    fault = ask(Issuer("https://forge.example.org", None, "", ("a",), "", ""), Deadline(5)).fault
    assert fault
    assert fault.message == says
    assert remedy in fault.remedy
