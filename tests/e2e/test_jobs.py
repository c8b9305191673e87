"""What `kube-oidc check --workflow` says a kubectl line needs is enough, and each part of it is necessary."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from kube_oidc.jobs.kubectl import Need, needs
from kube_oidc.jobs.model import Line
from kube_oidc.rbac.model import Request

from e2e.harness.kubeconfig import certificate_user, write_kubeconfig
from e2e.harness.world import World, deployment

NAMESPACE = "jobs"
USER = "job-user"
# {n} is another number in each run: kubectl sends no request for what stays as it is.
LINES = (
    "kubectl set image deployment/blog blog=example.org/x:{n} -n jobs",
    "kubectl set env deployment/blog A=b{n} -n jobs",
    "kubectl set resources deployment/blog --limits=cpu={n} -n jobs",
    "kubectl rollout restart deployment/blog -n jobs",
    "kubectl rollout status deployment/blog -n jobs --timeout=60s",
    "kubectl annotate deployment blog a=b{n} --overwrite -n jobs",
    "kubectl label deployment blog a=b{n} --overwrite -n jobs",
    'kubectl patch deployment blog -n jobs -p {"spec":{"minReadySeconds":{n}}}',
    "kubectl scale deployment blog --replicas={n} -n jobs",
    "kubectl get deployments -n jobs",
    "kubectl get deployment blog -n jobs",
    "kubectl get nodes",
    "kubectl delete configmap disposable --ignore-not-found -n jobs",
)


@pytest.fixture(scope="module")
def cluster(world: World) -> Iterator[World]:
    world.cluster.kubectl("create", "namespace", NAMESPACE)
    world.cluster.kubectl("create", "-f", "-", stdin=json.dumps(deployment(NAMESPACE)))
    yield world
    world.cluster.kubectl("delete", "namespace", NAMESPACE, "--wait=false")
    world.cluster.kubectl("delete", "clusterrole,clusterrolebinding", USER, "--ignore-not-found")


def rules(requests: list[Request]) -> list[dict[str, list[str]]]:
    return [
        {
            "apiGroups": [one.api_group],
            "resources": [f"{one.resource}/{one.subresource}" if one.subresource else one.resource],
            "verbs": [one.verb],
        }
        for one in requests
    ]


def grant(world: World, requests: list[Request]) -> None:
    """The user can make exactly these requests."""
    api = "rbac.authorization.k8s.io"
    objects = [
        {
            "apiVersion": f"{api}/v1",
            "kind": "ClusterRole",
            "metadata": {"name": USER},
            "rules": rules(requests),
        },
        {
            "apiVersion": f"{api}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": USER},
            "roleRef": {"apiGroup": api, "kind": "ClusterRole", "name": USER},
            "subjects": [{"apiGroup": api, "kind": "User", "name": USER}],
        },
    ]
    world.cluster.kubectl(
        "apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
    )


def run(world: World, line: str, number: int, kubeconfig: Path) -> subprocess.CompletedProcess[str]:
    world.cluster.kubectl(
        "create", "configmap", "disposable", "-n", NAMESPACE, "--dry-run=client", "-o", "yaml"
    )
    program = world.cluster.site.binaries.path("kubectl")
    if "rollout restart" in line:
        time.sleep(1.1)  # kubectl itself refuses another restart within the same second
    words = [str(program), f"--kubeconfig={kubeconfig}", *line.replace("{n}", str(number)).split()[1:]]
    return subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("line", LINES)
def test_a_line_needs_exactly_this(cluster: World, tmp_path: Path, line: str) -> None:
    site = cluster.cluster.site
    user = certificate_user(site.authority, USER)
    kubeconfig = write_kubeconfig(
        tmp_path / "kubeconfig", cluster.cluster.api_server.url, site.authority, user
    )
    needed = [need.request for need in needs([Line(1, line)], "") if isinstance(need, Need)]
    assert needed
    grant(cluster, needed)
    done = run(cluster, line, 1, kubeconfig)
    assert done.returncode == 0, (needed, done.stderr)
    for number, request in enumerate(needed, 2):
        if "rollout status" in line and request.verb != "get":
            continue  # either is enough for a rollout that is over already
        grant(cluster, [other for other in needed if other != request])
        done = run(cluster, line, number, kubeconfig)
        assert done.returncode != 0, f"{request} is not needed"
        assert "orbidden" in done.stderr
