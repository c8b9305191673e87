"""Which kubeconfig, context and files are meant: what kubectl says of the same surroundings."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from kube_oidc.cluster import ClusterError
from kube_oidc.cluster.kubeconfig import chosen

from e2e.harness.binaries import Binaries


def kubeconfig(number: int, current: str, **users: Any) -> str:
    """Cluster c, whose server is told by the number, and context x{number}."""
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "c", "cluster": {"server": f"https://127.0.0.1:{number}"}}],
            "contexts": [{"name": f"x{number}", "context": {"cluster": "c", "user": "u"}}],
            "users": [{"name": name, "user": user} for name, user in users.items()],
            "current-context": current,
        }
    )


FILES = {
    "one": kubeconfig(1, "x1", u={"token": "first"}),
    "two": kubeconfig(2, "x2", u={"token": "second"}),
    "unchosen": kubeconfig(3, ""),
    "lost": kubeconfig(4, "nowhere", u={}),
    "stranger": kubeconfig(5, "x5"),
}


@pytest.mark.parametrize(
    "variable",
    [
        "one",
        "one:two",
        "two:one",
        "unchosen:two",
        "two:unchosen",
        "none:one",
        "lost:one",
        "one:lost",
        ":one",
        "stranger:one",
    ],
)
def test_several_files_are_one_as_kubectl_reads_them(
    variable: str, binaries: Binaries, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, content in FILES.items():
        (tmp_path / name).write_text(content)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KUBECONFIG", variable)
    kubectl = [str(binaries.path("kubectl")), "config", "view", "--minify", "--raw", "--output=json"]
    said = subprocess.run(kubectl, capture_output=True, text=True, timeout=120, check=False)
    try:
        ours = chosen(None, None)
    except ClusterError:
        assert said.returncode != 0, said.stdout
        return
    assert said.returncode == 0, said.stderr
    theirs = json.loads(said.stdout)
    for kind in ("cluster", "user"):
        assert ours[f"{kind}s"][0][kind] == theirs[f"{kind}s"][0][kind]
