"""`kube-oidc audit` on the log that a real API server writes about real requests."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from e2e.harness import cluster
from e2e.harness.issuer import Run
from e2e.harness.world import EXAMPLE, EXAMPLE_FILE, NAMESPACE, World

POLICY = "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: RequestResponse}]\n"


@pytest.fixture(scope="module")
def audited(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Path]]:
    """A second API server of the same cluster that writes an audit log with bodies."""
    folder = tmp_path_factory.mktemp("audit")
    (folder / "policy.yaml").write_text(POLICY)
    log = folder / "audit.log"
    flags = [f"--audit-policy-file={folder / 'policy.yaml'}", f"--audit-log-path={log}"]
    site, store = world.cluster.site, world.cluster.etcd
    with cluster.api_server(
        site, "audited", store, EXAMPLE_FILE.read_bytes(), extra=(*cluster.EXTRA_OPTS, *flags)
    ) as server:
        second = replace(world, cluster=replace(world.cluster, api_server=server))
        second.wait_for_keys()
        yield second, log


def kubectl(world: World, token: str, *arguments: str) -> int:
    command = [
        world.cluster.site.binaries.path("kubectl"),
        f"--kubeconfig={world.kubeconfig_for(token)}",
        *arguments,
    ]
    return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode


def test_the_audit_names_what_the_job_used_and_what_was_refused(audited: tuple[World, Path]) -> None:
    world, log = audited
    world.cluster.kubectl("apply", "-f", str(EXAMPLE / "rbac.yaml"))
    token = world.issuer.sign(world.issuer.claims(Run(), "forgejo"))
    refused = world.issuer.sign(world.issuer.claims(Run(), "another-audience"))
    assert kubectl(world, token, "get", "deployment", "blog", "-n", NAMESPACE) == 0
    assert kubectl(world, token, "delete", "deployment", "blog", "-n", NAMESPACE) != 0
    assert kubectl(world, refused, "get", "deployment", "blog", "-n", NAMESPACE) != 0
    command = [
        sys.executable,
        "-m",
        "kube_oidc",
        "audit",
        str(log),
        f"--config={EXAMPLE_FILE}",
        "--format=json",
    ]
    command.append(f"--rbac={EXAMPLE / 'rbac.yaml'}")
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert token not in done.stdout
    found = json.loads(done.stdout)
    (identity,) = [each for each in found["identities"] if each["user"].endswith(":ref:refs/heads/main")]
    assert identity["issuer"] == "https://git.technowizardry.net/api/actions"
    (grant,) = [each for each in identity["grants"] if each["namespace"] == NAMESPACE]
    assert [(used["verb"], used["resource"]) for used in grant["used"]] == [("get", "deployments")]
    assert [(used["verb"], used["resource"]) for used in identity["refused"]] == [("delete", "deployments")]
    assert found["refusedCredentials"]["requests"] >= 1
    (wider,) = found["narrower"]
    assert wider["rules"] == [{"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get"]}]
    assert found["unreadable"] == 0
