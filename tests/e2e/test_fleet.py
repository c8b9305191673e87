"""`kube-oidc status` of several clusters: one table, each with its own deadline; for Prometheus; with commits."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from e2e.harness.binaries import at_least
from e2e.harness.cluster import Cluster
from e2e.harness.processes import free_port
from e2e.harness.status import report, status
from e2e.harness.world import EXAMPLE_FILE, World
from e2e.test_status import OLD

CONTEXTS = 30


@pytest.fixture(scope="module")
def older(world: World) -> Iterator[Cluster]:
    with world.another("fleet-older", OLD) as other:
        yield other.cluster


@pytest.fixture(scope="module")
def silent() -> Iterator[str]:
    """The URL of a server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"https://127.0.0.1:{listening.getsockname()[1]}"


@pytest.fixture
def fleet(world: World, older: Cluster, silent: str, tmp_path: Path) -> Path:
    """A kubeconfig with 30 contexts: two running API servers, one that is silent, one that is not there."""
    merged = {"apiVersion": "v1", "kind": "Config", "clusters": [], "users": [], "contexts": []}
    files = [world.cluster.api_server.admin, older.api_server.admin]
    for number in range(CONTEXTS):
        content = yaml.safe_load(files[number % 2].read_text())
        cluster, user = content["clusters"][0]["cluster"], content["users"][0]["user"]
        if number >= CONTEXTS - 2:
            cluster = cluster | {"server": silent if number % 2 else f"https://127.0.0.1:{free_port()}"}
        name = f"cluster-{number:02}"
        merged["clusters"].append({"name": name, "cluster": cluster})
        merged["users"].append({"name": name, "user": user})
        merged["contexts"].append({"name": name, "context": {"cluster": name, "user": name}})
    path = tmp_path / "fleet.kubeconfig"
    path.write_text(yaml.safe_dump(merged))
    return path


def test_thirty_clusters_are_one_table_and_two_silent_ones_hide_none(world: World, fleet: Path) -> None:
    said = status(
        f"--kubeconfig={fleet}",
        "--all-contexts",
        str(EXAMPLE_FILE),
        "--only=servers",
        "--timeout=20s",
    )
    assert said.returncode == 1, said.stderr
    rows = [line for line in said.stdout.splitlines() if line.startswith("cluster-")]
    assert [row.split()[0] for row in rows] == [f"cluster-{number:02}" for number in range(CONTEXTS)]
    answered = rows[: CONTEXTS - 2]
    assert sum("  this file" in row for row in answered) == len(answered) / 2
    assert sum("  another" in row for row in answered) == len(answered) / 2
    problems = [line for line in said.stdout.splitlines() if line.startswith("error ")]
    assert sum(" has loaded another file, " in line for line in problems) == len(answered) / 2
    assert any(re.match(r"error +cluster-28 server https://127\.0\.0\.1:\d+: ", line) for line in problems)
    assert any(re.match(r"error +cluster-29 server https://127\.0\.0\.1:\d+: ", line) for line in problems)


def test_json_has_each_cluster(world: World, older: Cluster) -> None:
    found = report(
        f"--kubeconfig={world.cluster.api_server.admin}",
        f"--kubeconfig={older.api_server.admin}",
        str(EXAMPLE_FILE),
        "--only=servers",
    )
    assert [cluster["servers"][0]["matches"] for cluster in found["clusters"]] == [True, False]
    assert [cluster["cluster"] for cluster in found["clusters"]] == [
        str(world.cluster.api_server.admin),
        str(older.api_server.admin),
    ]
    assert not found["ok"]


def test_an_unusable_context_is_a_problem_of_that_cluster(world: World) -> None:
    said = status(
        f"--kubeconfig={world.cluster.api_server.admin}", "--context=missing", "--context=also-missing"
    )
    assert said.returncode == 1
    assert re.search(r"^error +missing cluster: .*context 'missing' not found", said.stdout, re.MULTILINE)
    assert re.search(r"^also-missing +\?", said.stdout, re.MULTILINE)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--server=https://127.0.0.1:1"], "--server is for one cluster"),
        (["--wait=5s", str(EXAMPLE_FILE)], "--wait is for one cluster"),
        (["--only=issuers", str(EXAMPLE_FILE)], "--only issuers asks no cluster"),
    ],
)
def test_what_needs_one_cluster_says_so(arguments: list[str], reason: str) -> None:
    said = status("--context=a", "--context=b", *arguments)
    assert (said.returncode, said.stdout) == (2, "")
    assert reason in said.stderr


def test_prometheus_metrics_are_valid(world: World, older: Cluster) -> None:
    said = status(
        f"--kubeconfig={world.cluster.api_server.admin}",
        f"--kubeconfig={older.api_server.admin}",
        str(EXAMPLE_FILE),
        "--format=prometheus",
        **world.cluster.site.environment,
    )
    assert said.returncode == 1, said.stderr
    server = re.escape(older.api_server.url)
    assert re.search(rf'^kube_oidc_file_loaded\{{.*server="{server}"\}} 0$', said.stdout, re.MULTILINE)
    assert 'kube_oidc_issuer_up{issuer="https://git.technowizardry.net/api/actions"} 1\n' in said.stdout
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool not found: the metrics' format is not checked (Debian: apt install prometheus)")
    checked = subprocess.run(
        [promtool, "check", "metrics"],
        input=said.stdout,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


@pytest.mark.skipif(not at_least(1, 34), reason="API servers before Kubernetes 1.34 don't report the hash")
def test_the_loaded_file_is_found_in_git(world: World, older: Cluster, tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
        subprocess.run(
            ["git", "-C", tmp_path, *identity, *arguments], check=True, capture_output=True, timeout=60
        )

    git("init", "--quiet")
    for content, subject in (
        (OLD, "start with the older prefix"),
        (EXAMPLE_FILE.read_bytes(), "use the prefix"),
    ):
        (tmp_path / "auth.yaml").write_bytes(content)
        git("add", "auth.yaml")
        git("commit", "--quiet", "--message", subject)
    kubeconfigs = [f"--kubeconfig={cluster.api_server.admin}" for cluster in (world.cluster, older)]
    said = status(*kubeconfigs, f"--git={tmp_path}")
    assert re.search(r"auth\.yaml of [0-9a-f]+ \(use the prefix\)", said.stdout), said.stdout
    assert re.search(r"auth\.yaml of [0-9a-f]+ \(start with the older prefix\)", said.stdout)
    found = json.loads(status(kubeconfigs[1], "--only=server", f"--git={tmp_path}", "--format=json").stdout)
    assert found["servers"][0]["commit"]["path"] == "auth.yaml"
    said = status(kubeconfigs[0], "--only=server", f"--git={tmp_path / 'missing'}")
    assert (said.returncode, "kube-oidc status: --git" in said.stderr) == (2, True)
