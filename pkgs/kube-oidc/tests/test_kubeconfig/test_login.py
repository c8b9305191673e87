"""`kube-oidc kubeconfig --login`: kubectl gets a person's token through kubelogin."""

from __future__ import annotations

import base64

import pytest
import yaml

from .conftest import PEM, SERVER

URL = "https://sso.example.org/realms/main"
PERSON = ("--server", SERVER, "--login", URL, "--client-id", "kubernetes")


def plugin(text: str) -> dict[str, object]:
    exec_: dict[str, object] = yaml.safe_load(text)["users"][0]["user"]["exec"]
    return exec_


def test_kubectl_calls_its_login_plugin(run):
    status, text, _ = run(*PERSON, "--scope", "groups", "--scope", "offline_access")
    assert status == 0
    assert plugin(text) == {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": "kubectl",
        "args": [
            "oidc-login",
            "get-token",
            f"--oidc-issuer-url={URL}",
            "--oidc-client-id=kubernetes",
            "--oidc-extra-scope=groups",
            "--oidc-extra-scope=offline_access",
        ],
        "interactiveMode": "IfAvailable",
        "installHint": "kubectl oidc-login is kubelogin: https://github.com/int128/kubelogin#setup",
    }


def test_a_slash_at_the_end_stays(run):
    """authentik's issuer URLs have one, and the token's `iss` must be the same."""
    _, text, _ = run("--server", SERVER, "--login", "https://sso.example.org/a/", "--client-id", "k")
    assert "--oidc-issuer-url=https://sso.example.org/a/" in plugin(text)["args"]


def test_the_program_its_arguments_and_the_issuers_authority(run, authority):
    more = ("--command", "/usr/bin/kubelogin", "--token-argument=--grant-type=device-code")
    _, text, _ = run(*PERSON, *more, "--issuer-certificate-authority", authority)
    exec_ = plugin(text)
    assert exec_["command"] == "/usr/bin/kubelogin"
    assert exec_["args"] == [
        "get-token",
        f"--oidc-issuer-url={URL}",
        "--oidc-client-id=kubernetes",
        f"--certificate-authority-data={base64.b64encode(PEM.encode()).decode()}",
        "--grant-type=device-code",
    ]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--login", URL), "--login requires --client-id"),
        (("--login", "http://sso.example.org", "--client-id", "k"), "--login: not an issuer URL such as"),
        (
            ("--login", "https://a:b@sso.example.org", "--client-id", "k"),
            "--login: not an issuer URL such as",
        ),
        (("--audience", "a", "--client-id", "k"), "--client-id requires --login"),
        (("--audience", "a", "--scope", "groups"), "--scope requires --login"),
        (("--audience", "a", "--login", URL), "not allowed with"),
        ((*PERSON[2:], "--token-argument=--oidc-client-secret=x"), "--oidc-client-secret is a credential"),
        ((*PERSON[2:], "--token-argument=--password", "--token-argument=x"), "--password is a credential"),
    ],
)
def test_what_cannot_work_is_refused(run, arguments, reason):
    status, text, error = run("--server", SERVER, *arguments)
    assert (status, text) == (2, "")
    assert reason in error
