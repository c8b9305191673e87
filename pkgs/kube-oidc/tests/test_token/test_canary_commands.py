"""The canary through the commands that are shown a token, or read a kubeconfig that holds one."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from kube_oidc.cli import main

from .test_canary import BEARER, HANDLERS, ID_TOKEN, assert_unseen

CONFIG = """\
apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
jwt:
  - issuer: {{url: "{url}", audiences: [forgejo]}}
    claimMappings: {{username: {{claim: sub, prefix: "forgejo:"}}}}
"""
SIGNATURE = "c2ln-canary-signature-8d21"
HEAD, PAYLOAD, _ = ID_TOKEN.split(".")
TOKEN = f"{HEAD}.{PAYLOAD}.{SIGNATURE}"


@pytest.fixture
def seen(capsys):
    """Runs a command; its status and all that it printed."""

    def call(*arguments: object) -> tuple[int, str]:
        try:
            status = main([str(word) for word in arguments])
        except SystemExit as stop:
            status = int(str(stop.code))
        captured = capsys.readouterr()
        return status, captured.out + captured.err

    return call


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "auth.yaml"
    file.write_text(CONFIG.format(url="https://issuer.example.org"))
    return file


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


FILES = {
    "a token": TOKEN,
    "two lines": f"{TOKEN}\n{TOKEN}",
    "a header with it": f"Authorization: Bearer {TOKEN}",
    "four parts": f"{TOKEN}.{SIGNATURE}",
    "two parts": f"{PAYLOAD}.{SIGNATURE}",
    "the signature alone": SIGNATURE,
    "no JSON inside": f"{HEAD}.{encoded('canary-' + SIGNATURE)}.{SIGNATURE}",
    "a list inside": f"{HEAD}.{encoded('[1]')}.{SIGNATURE}",
    "an ExecCredential": json.dumps({"kind": "ExecCredential", "status": {"token": TOKEN}}),
    "no UTF-8": f"{TOKEN}\udcff",
    "another issuer": f"{HEAD}.{encoded(json.dumps({'iss': 'https://elsewhere.example.org'}))}.{SIGNATURE}",
    "the issuer": f"{HEAD}.{encoded(json.dumps({'iss': 'https://issuer.example.org', 'sub': 's'}))}.{SIGNATURE}",
}


@pytest.mark.parametrize("how", ["--token-file", "--claims", "--keys"])
@pytest.mark.parametrize("content", FILES)
def test_explain_shows_no_token_whatever_the_file_holds(seen, config, tmp_path, how, content):
    file = tmp_path / "token"
    file.write_bytes(FILES[content].encode(errors="surrogateescape"))
    further = ("--token-file", file) if how == "--keys" else ()
    status, text = seen("explain", config, how, file, *further)
    assert SIGNATURE not in text
    assert PAYLOAD not in text
    assert "Traceback" not in text
    assert status in (1, 2)


@pytest.mark.parametrize(
    "arguments",
    [
        ("explain", "{config}", TOKEN),
        ("explain", TOKEN, "--claims", "{config}"),
        ("explain", "{config}", "--token-file", TOKEN),
        ("explain", "{config}", "--claims", TOKEN),
        ("explain", "{config}", "--claims", "{config}", "--at", TOKEN),
        ("explain", "{config}", "--token-file", "{config}", "--keys", TOKEN),
        ("check", TOKEN),
        ("check", "{config}", "--option-map", TOKEN),
        ("access", TOKEN),
        ("status", "--kubeconfig", TOKEN),
        ("status", "--kubeconfig", "{config}", "--context", TOKEN),
        ("status", TOKEN),
        ("kubeconfig", "--from", TOKEN, "--empty-user"),
        ("kubeconfig", "--server", TOKEN, "--empty-user"),
        ("kubeconfig", "--server", "https://k.example.org", "--empty-user", "--certificate-authority", TOKEN),
        ("workflow", "--options", TOKEN, "--grant", "g", "--deployment", "d", "--image", "i"),
        ("migrate", "--from", TOKEN),
        ("migrate", "--", "--oidc-issuer-url=https://issuer.example.org", TOKEN),
    ],
    ids=lambda words: " ".join(words).replace(TOKEN, "TOKEN"),
)
def test_a_token_in_the_wrong_place_is_not_repeated(seen, config, arguments):
    status, text = seen(*(word.format(config=config) for word in arguments))
    assert status == 2
    assert SIGNATURE not in text
    assert PAYLOAD not in text
    assert "Traceback" not in text


def kubeconfig(server: str, authority: Path, user: dict[str, object]) -> str:
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "c",
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
            "clusters": [
                {"name": "c", "cluster": {"server": server, "certificate-authority": str(authority)}}
            ],
            "users": [{"name": "u", "user": user}],
        }
    )


def plugin(script: str) -> dict[str, object]:
    """A credential plugin that this shell script is."""
    return {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": "sh",
            "args": ["-c", script],
            "interactiveMode": "Never",
        }
    }


CREDENTIAL = json.dumps(
    {
        "apiVersion": "client.authentication.k8s.io/v1",
        "kind": "ExecCredential",
        "status": {"token": ID_TOKEN},
    }
)
USERS = {
    "a token": {"token": ID_TOKEN},
    "a token with a newline": {"token": f"{ID_TOKEN}\n{BEARER}"},
    "a password": {"username": "adam", "password": BEARER},
    "a plugin": plugin(f"echo '{CREDENTIAL}'"),
    "a plugin that fails": plugin(f"echo '{CREDENTIAL}'; echo '{ID_TOKEN} {BEARER}' >&2; exit 3"),
    "a plugin that says nonsense": plugin(f"echo '{ID_TOKEN} {BEARER}'"),
    "a plugin of another version": plugin(f"echo '{CREDENTIAL}' | sed s:/v1:/v7:"),
}


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize(
    "case", ["an echo with status 401", "an echo with status 302", "not HTTP", "broken JSON"]
)
def test_status_shows_no_credential_whatever_is_answered(
    seen, surroundings, endpoint, authority, tmp_path, user, case
):
    server = endpoint(HANDLERS[case])
    file = tmp_path / "config"
    file.write_text(kubeconfig(server.url.partition("/idtoken")[0], authority.file, USERS[user]))
    status, text = seen("status", "--kubeconfig", file, "--timeout", "3s")
    assert_unseen(text)
    assert "Traceback" not in text
    assert status in (1, 2)


BROKEN = {
    "YAML": "users:\n- name: u\n  user: {{token: {token}\n  password: {token}",
    "a tab": "users:\n\t- token: {token}",
    "a text": "{token}",
    "a list": "[{token}]",
    "a user that is the token": "current-context: c\ncontexts: [{{name: c, context: {{cluster: c, user: u}}}}]\n"
    "clusters: [{{name: c, cluster: {{server: 'https://127.0.0.1:1'}}}}]\nusers: [{{name: u, user: {token}}}]",
    "a server with a password": "current-context: c\ncontexts: [{{name: c, context: {{cluster: c, user: u}}}}]\n"
    "clusters: [{{name: c, cluster: {{server: 'https://u:{token}@127.0.0.1:1'}}}}]\nusers: [{{name: u, user: {{}}}}]",
    "a certificate that is the token": "current-context: c\ncontexts: [{{name: c, context: {{cluster: c, user: u}}}}]\n"
    "clusters: [{{name: c, cluster: {{server: 'https://127.0.0.1:1', certificate-authority-data: {token}}}}}]\n"
    "users: [{{name: u, user: {{client-key-data: {token}, client-certificate-data: {token}}}}}]",
}


@pytest.mark.parametrize("secret", [BEARER, ID_TOKEN], ids=["opaque", "JWT"])
@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("command", ["status", "kubeconfig"])
def test_a_broken_kubeconfig_is_not_quoted(seen, surroundings, tmp_path, command, broken, secret):
    file = tmp_path / "config"
    file.write_text(BROKEN[broken].format(token=secret))
    arguments = (
        ("--kubeconfig", file, "--timeout", "2s") if command == "status" else ("--from", file, "--empty-user")
    )
    status, text = seen(command, *arguments)
    assert_unseen(text)
    assert "Traceback" not in text
    assert status in (0, 1, 2)


@pytest.mark.parametrize("command", ["explain", "status", "check"])
def test_an_unexpected_exception_shows_no_token(seen, config, monkeypatch, command):
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(f"something about {ID_TOKEN}")

    places = (
        "kube_oidc.verdict.validate_file",
        "kube_oidc.commands.configurations",
        "kube_oidc.status.written",
    )
    for place in (f"{module}.check" for module in places):
        monkeypatch.setattr(place, fail)
    arguments = {"explain": (config, "--claims", config), "status": (config,), "check": (config,)}
    status, text = seen(command, *arguments[command])
    assert status == 2
    assert "something about (token, redacted)" in text
    assert "please report it" in text
    assert_unseen(text)
