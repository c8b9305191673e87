"""`kube-oidc kubeconfig`: what is in it, what never is, and that kubectl takes it."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess

import pytest
import yaml

from .conftest import PEM, SERVER


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
                        "installHint": "kube-oidc gets the CI job's ID token: install its Nix package "
                        "or kube-oidc.pyz on PATH",
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


def test_an_api_server_must_be_named(run):
    status, text, errors = run("--empty-user")
    assert (status, text) == (2, "")
    assert "--server URL, or --from FILE" in errors


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
        f"kube-oidc kubeconfig: cannot write {file}: No space left on device\n",
    )
    assert (file.read_text(), list(tmp_path.iterdir())) == ("old", [file])
    status, _, errors = run("--server", SERVER, "--empty-user", "--output", tmp_path / "nowhere" / "made")
    assert status == 2
    assert ": No such file or directory" in errors


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
        assert f"cannot read {tmp_path / 'no'}: No such file or directory" in errors
