"""`kube-oidc kubeconfig --from`: what is taken from a kubeconfig that is there, and what never is."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
import yaml

from .conftest import CANARY, PEM, SERVER


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
    assert f"{local} is a local address; for a runner on another machine add --server URL" in errors
    status, text, errors = run("--from", file, "--server", SERVER, "--empty-user")
    assert (status, yaml.safe_load(text)["clusters"][0]["cluster"]["server"]) == (0, SERVER)
    assert errors == ""


@pytest.mark.parametrize(
    ("cluster", "reason"),
    [
        ({"server": f"https://user:{CANARY}@k.example.org"}, "server: the URL contains a user or password"),
        ({"proxy-url": f"http://user:{CANARY}@proxy"}, "proxy-url: the URL contains a user or password"),
        ({"server": "http://k.example.org"}, "server: must be an https:// URL"),
        ({"server": ""}, "server: not a URL"),
        ({"server": "https://k.example.org:port"}, "server: not a URL"),
        ({"server": f"https://k.example.org?token={CANARY}"}, "server: not a URL"),
        ({"insecure-skip-tls-verify": True}, "insecure-skip-tls-verify"),
        ({"certificate-authority-data": "%%%"}, "certificate-authority-data: not base64"),
        ({"certificate-authority": "nowhere.pem"}, "certificate-authority: nowhere.pem: No such file"),
        (
            {"certificate-authority-data": base64.b64encode(b"-----BEGIN RSA PRIVATE KEY-----").decode()},
            "contains a private key",
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
        ("{unclosed", "invalid YAML"),
        ("", "not a kubeconfig"),
        ("current-context: x", "contexts: context 'x' not found"),
        ("clusters: []", "no current-context, and no clusters"),
        ("contexts: 7\nclusters: nonsense", "no current-context, and no clusters"),
        (
            "current-context: x\ncontexts: [{name: x, context: {cluster: y}}]",
            "clusters: cluster 'y' not found",
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
