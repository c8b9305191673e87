"""`kube-oidc kubeconfig`: what is in it, what never is, and that kubectl takes it."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from kube_oidc.cli import main
from kube_oidc.yaml_text import dumps

SERVER = "https://kubernetes.example.org:6443"
PEM = "-----BEGIN CERTIFICATE-----\nMIIBAuthority\n-----END CERTIFICATE-----\n"
CANARY = "canary-5e0c"


@pytest.fixture
def run(capsys):
    def call(*arguments: object) -> tuple[int, str, str]:
        try:
            status = main(["kubeconfig", *map(str, arguments)])
        except SystemExit as stop:
            status = int(str(stop.code))
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return call


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    file = tmp_path / "ca.pem"
    file.write_text(PEM)
    return file


def existing(folder: Path, **cluster: object) -> Path:
    """A kubeconfig with every kind of credential that client-go knows, each a canary."""
    users = {
        "token": CANARY,
        "tokenFile": CANARY,
        "username": CANARY,
        "password": CANARY,
        "client-certificate-data": base64.b64encode(CANARY.encode()).decode(),
        "client-key-data": base64.b64encode(CANARY.encode()).decode(),
        "client-certificate": CANARY,
        "client-key": CANARY,
        "auth-provider": {"name": "oidc", "config": {"refresh-token": CANARY}},
        "exec": {"command": CANARY, "env": [{"name": "TOKEN", "value": CANARY}]},
        "as": CANARY,
    }
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "preferences": {"extensions": [{"name": CANARY}]},
        "clusters": [
            {"name": "other", "cluster": {"server": f"https://{CANARY}.example.org"}},
            {"name": "local", "cluster": {"server": SERVER, "extensions": [{"name": CANARY}], **cluster}},
        ],
        "users": [{"name": "admin", "user": users}],
        "contexts": [
            {"name": "main", "context": {"cluster": "local", "user": "admin", "namespace": "site"}},
            {"name": "else", "context": {"cluster": "other", "user": "admin"}},
        ],
        "current-context": "main",
    }
    file = folder / "config"
    file.write_text(yaml.safe_dump(document))
    return file


def test_a_kubeconfig_with_the_plugin(run, authority):
    arguments = (
        "--server",
        SERVER,
        "--certificate-authority",
        authority,
        "--namespace",
        "site",
        "--audience",
        "forgejo",
    )
    status, text, _ = run(*arguments)
    assert status == 0
    assert yaml.safe_load(text) == {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": "oidc",
                "cluster": {
                    "server": SERVER,
                    "certificate-authority-data": base64.b64encode(PEM.encode()).decode(),
                },
            }
        ],
        "users": [
            {
                "name": "oidc",
                "user": {
                    "exec": {
                        "apiVersion": "client.authentication.k8s.io/v1",
                        "command": "kube-oidc",
                        "args": ["token", "--audience", "forgejo", "--exec-credential"],
                        "interactiveMode": "Never",
                        "installHint": "kube-oidc gets the CI job's ID token: put its Nix package, "
                        "or kube-oidc.pyz, on the PATH",
                    }
                },
            }
        ],
        "contexts": [{"name": "oidc", "context": {"cluster": "oidc", "user": "oidc", "namespace": "site"}}],
        "current-context": "oidc",
    }


def test_the_plugin_and_its_further_words_can_be_named(run):
    _, text, _ = run(
        "--server", SERVER, "--audience", "a b", "--command", "/opt/kube-oidc.pyz",
        "--token-argument=--variable", "--token-argument=ID_TOKEN",
    )  # fmt: skip
    plugin = yaml.safe_load(text)["users"][0]["user"]["exec"]
    assert plugin["command"] == "/opt/kube-oidc.pyz"
    assert plugin["args"] == ["token", "--audience", "a b", "--exec-credential", "--variable", "ID_TOKEN"]


def test_of_an_existing_kubeconfig_no_credential_is_taken_over(run, tmp_path):
    data = base64.b64encode(PEM.encode()).decode()
    file = existing(tmp_path, **{"certificate-authority-data": data, "tls-server-name": "kubernetes"})
    for user in (["--empty-user"], ["--audience", "forgejo"]):
        status, text, errors = run("--from", file, *user)
        assert (status, errors) == (0, "")
        assert CANARY not in text
        assert base64.b64encode(CANARY.encode()).decode() not in text
        document = yaml.safe_load(text)
        assert document["clusters"][0]["cluster"] == {
            "server": SERVER,
            "certificate-authority-data": data,
            "tls-server-name": "kubernetes",
        }
        assert document["contexts"][0]["context"]["namespace"] == "site"
        assert document["users"] == [{"name": "oidc", "user": document["users"][0]["user"]}]
        assert set(document["users"][0]["user"]) == ({"exec"} if "--audience" in user else set())


def test_a_certificate_authoritys_file_is_taken_in(run, tmp_path, authority):
    file = existing(tmp_path, **{"certificate-authority": authority.name})
    _, text, _ = run("--from", file, "--empty-user")
    data = yaml.safe_load(text)["clusters"][0]["cluster"]["certificate-authority-data"]
    assert base64.b64decode(data).decode() == PEM


def test_another_context_can_be_named(run, tmp_path):
    status, text, _ = run("--from", existing(tmp_path), "--context", "else", "--empty-user")
    assert status == 0
    assert yaml.safe_load(text)["clusters"][0]["cluster"]["server"] == f"https://{CANARY}.example.org"


def test_arguments_win_over_the_existing_kubeconfig(run, tmp_path, authority):
    _, text, _ = run(
        "--from", existing(tmp_path), "--empty-user", "--namespace", "blog",
        "--certificate-authority", authority,
        "--tls-server-name", "kubernetes",
    )  # fmt: skip
    document = yaml.safe_load(text)
    assert document["contexts"][0]["context"]["namespace"] == "blog"
    assert set(document["clusters"][0]["cluster"]) == {
        "server",
        "certificate-authority-data",
        "tls-server-name",
    }


LOCAL = ["https://127.0.0.1:6443", "https://localhost:6443", "https://[::1]:6443", "https://0.0.0.0:6443"]


@pytest.mark.parametrize("local", LOCAL)
def test_an_address_of_this_machine_alone_is_told_and_can_be_replaced(run, tmp_path, local):
    """k3s' own kubeconfig has such a one, and a runner elsewhere would ask itself."""
    file = existing(tmp_path, server=local)
    status, text, errors = run("--from", file, "--empty-user")
    assert (status, yaml.safe_load(text)["clusters"][0]["cluster"]["server"]) == (0, local)
    assert f"{local} is this machine's own: for a runner elsewhere give --server URL too" in errors
    status, text, errors = run("--from", file, "--server", SERVER, "--empty-user")
    assert (status, yaml.safe_load(text)["clusters"][0]["cluster"]["server"]) == (0, SERVER)
    assert errors == ""


def test_an_api_server_must_be_named(run):
    status, text, errors = run("--empty-user")
    assert (status, text) == (2, "")
    assert "--server URL, or --from FILE" in errors


@pytest.mark.parametrize(
    ("cluster", "reason"),
    [
        ({"server": f"https://user:{CANARY}@k.example.org"}, "server: the URL holds a user or a password"),
        ({"proxy-url": f"http://user:{CANARY}@proxy"}, "proxy-url: the URL holds a user or a password"),
        ({"server": "http://k.example.org"}, "server: must be an https:// URL"),
        ({"server": ""}, "server: not a URL"),
        ({"server": "https://k.example.org:port"}, "server: not a URL"),
        ({"server": f"https://k.example.org?token={CANARY}"}, "server: not a URL"),
        ({"insecure-skip-tls-verify": True}, "insecure-skip-tls-verify"),
        ({"certificate-authority-data": "%%%"}, "certificate-authority-data: not base64"),
        ({"certificate-authority": "nowhere.pem"}, "certificate-authority: nowhere.pem: No such file"),
        (
            {"certificate-authority-data": base64.b64encode(b"-----BEGIN RSA PRIVATE KEY-----").decode()},
            "holds a private key",
        ),
        ({"certificate-authority-data": base64.b64encode(CANARY.encode()).decode()}, "not a PEM certificate"),
    ],
)
def test_a_cluster_that_would_leak_or_cannot_work_is_refused(run, tmp_path, cluster, reason):
    status, text, errors = run("--from", existing(tmp_path, **cluster), "--empty-user")
    assert (status, text) == (2, "")
    assert reason in errors
    assert CANARY not in errors


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("[1]", "not a kubeconfig"),
        ("{unclosed", "is not YAML"),
        ("", "not a kubeconfig"),
        ("current-context: x", "contexts: there is no context 'x'"),
        ("clusters: []", "no current-context, and 0 clusters"),
        ("contexts: 7\nclusters: nonsense", "no current-context, and 0 clusters"),
        (
            "current-context: x\ncontexts: [{name: x, context: {cluster: y}}]",
            "clusters: there is no cluster 'y'",
        ),
    ],
)
def test_what_is_no_kubeconfig_is_explained(run, tmp_path, document, reason):
    file = tmp_path / "config"
    file.write_text(document)
    status, _, errors = run("--from", file, "--empty-user")
    assert status == 2
    assert reason in errors


def test_the_posts_kubeconfig_without_a_user_serves(run, tmp_path):
    """Its one cluster is found by the context, and its odd `api-version` is left behind."""
    file = tmp_path / "config"
    file.write_text(
        f"""
apiVersion: v1
kind: Config
clusters:
- cluster:
    api-version: v1
    certificate-authority-data: {base64.b64encode(PEM.encode()).decode()}
    server: "{SERVER}"
  name: "local"
contexts:
- context:
    cluster: local
    user: oidc
  name: oidc
current-context: "oidc"
"""
    )
    status, text, _ = run("--from", file, "--empty-user")
    assert status == 0
    assert "api-version" not in text


def test_the_output_file_is_its_owners_alone_and_replaced_whole(run, tmp_path):
    file = tmp_path / "made"
    file.write_text("old")
    assert run("--server", SERVER, "--empty-user", "--output", file) == (0, "", "")
    assert file.stat().st_mode & 0o777 == 0o600
    assert yaml.safe_load(file.read_text())["kind"] == "Config"
    assert list(tmp_path.iterdir()) == [file]


def test_an_output_that_cannot_be_written_leaves_nothing_behind(run, tmp_path, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    file = tmp_path / "made"
    file.write_text("old")
    monkeypatch.setattr(os, "fsync", full)
    status, _, errors = run("--server", SERVER, "--empty-user", "--output", file)
    assert (status, errors) == (
        2,
        f"kube-oidc kubeconfig: {file} cannot be written: No space left on device\n",
    )
    assert (file.read_text(), list(tmp_path.iterdir())) == ("old", [file])
    status, _, errors = run("--server", SERVER, "--empty-user", "--output", tmp_path / "nowhere" / "made")
    assert status == 2
    assert "cannot be written: No such file or directory" in errors


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not on PATH")
def test_kubectl_reads_it_and_adds_a_user_as_the_post_does(run, tmp_path, authority):
    file = tmp_path / "made"
    run("--server", SERVER, "--certificate-authority", authority, "--empty-user", "--output", file)

    def kubectl(*arguments: str) -> str:
        command = ["kubectl", f"--kubeconfig={file}", "config", *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout

    kubectl("set-credentials", "oidc", "--token=some-token")
    view = json.loads(kubectl("view", "--raw", "--output=json", "--minify"))
    assert view["users"] == [{"name": "oidc", "user": {"token": "some-token"}}]
    assert view["clusters"][0]["cluster"]["server"] == SERVER


def test_a_file_that_is_not_there_is_named(run, tmp_path):
    for arguments in (
        ["--from", tmp_path / "no"],
        ["--server", SERVER, "--certificate-authority", tmp_path / "no"],
    ):
        status, _, errors = run(*arguments, "--empty-user")
        assert status == 2
        assert f"{tmp_path / 'no'} cannot be read: No such file or directory" in errors


scalars = st.none() | st.booleans() | st.integers() | st.text()
values = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


@settings(deadline=None)
@given(st.dictionaries(st.text(), values) | st.lists(values))
def test_whatever_is_written_reads_back_the_same(value):
    assert yaml.safe_load(dumps(value)) == value


@pytest.mark.parametrize(
    "word", ["no", "Yes", "1e3", "0x1f", "1_000", "12:30:45", "~", "null", "2026-01-01", ".inf"]
)
def test_words_that_yaml_takes_for_something_else_stay_strings(word):
    assert yaml.safe_load(dumps({"key": word, word: 1})) == {"key": word, word: 1}


def test_lines_of_text_are_a_block():
    assert dumps({"ca": PEM}) == (
        "ca: |\n  -----BEGIN CERTIFICATE-----\n  MIIBAuthority\n  -----END CERTIFICATE-----\n"
    )


@pytest.mark.parametrize(
    "text", ["a\n", "a\n\nb\n", "a\n  b\n", "a\n\n", "\na\n", " a\n", "a\n \nb\n", "a\nb", "a'\"\\"]
)
def test_text_reads_back_in_every_place(text):
    for value in ({"a": text}, [text], {"a": [text, {"b": text}]}, [[text]]):
        assert yaml.safe_load(dumps(value)) == value
