"""A kubeconfig that is not there, or not whole: what is wrong, in which file, and what to do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from kube_oidc.cli import main
from kube_oidc.cluster.kubeconfig import chosen

EXEC = {
    "apiVersion": "client.authentication.k8s.io/v1",
    "command": "false",
    "args": ["canary"],
    "interactiveMode": "Never",
}


def kubeconfig(cluster: dict[str, Any] | None = None, user: dict[str, Any] | None = None, **top: Any) -> str:
    """One cluster, context and user; `top` replaces whole lists."""
    document = {
        "clusters": [{"name": "c", "cluster": {"server": "https://127.0.0.1:1"} | (cluster or {})}],
        "users": [{"name": "u", "user": user or {}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }
    return json.dumps(document | top)


def context(cluster: str, user: str) -> list[dict[str, Any]]:
    return [{"name": "x", "context": {"cluster": cluster, "user": user}}]


WRONG = {
    "empty": ("", "FILE is empty: use --kubeconfig for another file"),
    "no YAML": ("a: [x\nb: ]y\n", "FILE:2:2: invalid YAML"),
    "a list": ("[1]", "FILE is not a kubeconfig: expected a map with clusters, contexts and users"),
    "characters that no text has": ("\x00\x01", "FILE is not a kubeconfig: not text"),
    "no context": (kubeconfig(contexts=[]), "FILE has no contexts: use --kubeconfig for another file"),
    "no current context": (
        kubeconfig(**{"current-context": ""}),
        "FILE: no current-context: choose one with --context: x",
    ),
    "another current context": (
        kubeconfig(**{"current-context": "y"}),
        "FILE: context 'y' not found: choose one with --context: x",
    ),
    "no cluster": (
        kubeconfig(contexts=context("nope", "u")),
        "FILE: the context 'x' refers to the unknown cluster 'nope'",
    ),
    "no user": (
        kubeconfig(contexts=context("c", "nobody")),
        "FILE: the context 'x' refers to the unknown user 'nobody'",
    ),
    "an entry without a name": (kubeconfig(users=[{"user": {}}]), "FILE: users[0] has no name"),
    "an entry that is none": (kubeconfig(clusters=["c"]), "FILE: clusters[0] has no name"),
    "a list that is none": (kubeconfig(clusters={"c": 1}), "FILE: clusters: expected a list"),
    "no server": (kubeconfig({"server": ""}), "FILE: cluster 'c' has no server: expected a URL such as"),
    "no scheme": (kubeconfig({"server": "u:canary@h"}), "FILE: cluster 'c': server: expected a URL such as"),
    "no authority": (
        kubeconfig({"certificate-authority": "ca.pem"}),
        "FILE: cluster 'c': cannot read certificate-authority FOLDER/ca.pem: No such file",
    ),
    "no base64": (
        kubeconfig({"certificate-authority-data": "%"}),
        "FILE: cluster 'c': certificate-authority-data is not base64",
    ),
    "no certificate": (
        kubeconfig(user={"client-certificate-data": "Y2FuYXJ5"}),
        "FILE: user 'u': client-certificate-data: expected base64-encoded PEM",
    ),
    "no token file": (
        kubeconfig(user={"tokenFile": "t"}),
        "FILE: user 'u': cannot read tokenFile FOLDER/t: No such file",
    ),
    "no plugin": (
        kubeconfig(user={"exec": EXEC | {"command": "no-such-plugin", "installHint": "ask the shop"}}),
        "FILE: user 'u': the credential plugin 'no-such-plugin' not found on PATH: ask the shop",
    ),
    "no plugin beside the file": (
        kubeconfig(user={"exec": EXEC | {"command": "./plugin"}}),
        "FILE: user 'u': the credential plugin './plugin' not found or not executable",
    ),
    "a plugin that fails": (
        kubeconfig(user={"exec": EXEC}),
        "'false' returned no credential: it exited with status 1; run it manually",
    ),
    "a plugin that says something else": (
        kubeconfig(user={"exec": EXEC | {"command": "echo"}}),
        "'echo' returned no credential: its output is not JSON",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_with_its_place(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content, says = WRONG[name]
    file = tmp_path / "kubeconfig"
    file.write_text(content)
    assert main(["status", "--only=server", f"--kubeconfig={file}"]) == 2
    said = capsys.readouterr()
    expected = says.replace("FILE", f"the kubeconfig {file}").replace("FOLDER", str(tmp_path))
    assert expected in said.err
    assert said.err.count("\n") == 1
    assert "canary" not in said.err
    assert said.out == ""


def test_without_any_file_it_is_said_where_one_was_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    assert main(["status"]) == 2
    assert f"{tmp_path}/.kube/config not found, and KUBECONFIG is not set" in capsys.readouterr().err
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path}/a:{tmp_path}/b")
    assert main(["status"]) == 2
    assert f"KUBECONFIG: {tmp_path}/a, {tmp_path}/b not found" in capsys.readouterr().err
    assert main(["status", "--kubeconfig", str(tmp_path)]) == 2
    assert f"cannot read the kubeconfig {tmp_path}: Is a directory" in capsys.readouterr().err


def test_of_several_files_the_first_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = kubeconfig({"server": "https://127.0.0.1:2"}, {"token": "second"}, **{"current-context": "y"})
    (tmp_path / "one").write_text(kubeconfig(users=[]))
    (tmp_path / "two").write_text(other)
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path}/none:{tmp_path}/one:{tmp_path}/two")
    found = chosen(None, None)
    assert found["clusters"][0]["cluster"] == {"server": "https://127.0.0.1:1"}
    assert found["users"][0]["user"] == {"token": "second"}


def test_files_are_found_next_to_the_kubeconfig_that_names_them(tmp_path: Path) -> None:
    plugin = tmp_path / "plugin"
    plugin.write_text("#!/bin/sh\n")
    plugin.chmod(0o700)
    (tmp_path / "ca.pem").write_text("")
    file = tmp_path / "kubeconfig"
    file.write_text(kubeconfig({"certificate-authority": "ca.pem"}, {"exec": EXEC | {"command": "./plugin"}}))
    found = chosen(str(file), None)
    assert found["clusters"][0]["cluster"]["certificate-authority"] == str(tmp_path / "ca.pem")
    assert found["users"][0]["user"]["exec"]["command"] == str(plugin)
