"""Findings on grants against a real cluster: `--live` finds each, and the API server says the same of its token."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import kube_oidc.rules
import pytest
from kube_oidc.rbac import load
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.grants import Grants
from kube_oidc.rules.engine.registry import folder_of
from kube_oidc.rules.engine.run_grant_rules import grant_rules, run_grant_rules
from kube_oidc.verdict.validate_file import check
from kube_oidc.verdict.validation import Context
from kube_oidc.verdict.versions import DEFAULT

from e2e.harness.binaries import REPOSITORY
from e2e.harness.world import World

RULES = Path(kube_oidc.rules.__file__).parent
IDS = sorted(rule.RULE.id for rule in grant_rules())
AUTH = REPOSITORY / "pkgs/kube-oidc/tests/findings/rbac/auth.yaml"
NAMESPACE = json.dumps({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "site"}})


@pytest.fixture(scope="module")
def site(world: World) -> World:
    world.cluster.kubectl("apply", "-f", "-", stdin=NAMESPACE)
    return world


@pytest.fixture(scope="module")
def usual(site: World) -> set[tuple[str, str]]:
    """What is told of the grants that the cluster has already: the story's own deployer, where that was played."""
    return live(site)


@contextmanager
def applied(world: World, objects: Path) -> Iterator[None]:
    world.cluster.kubectl("apply", "-f", str(objects))
    try:
        yield
    finally:
        world.cluster.kubectl("delete", "--wait=true", "-f", str(objects))


def live(world: World) -> set[tuple[str, str]]:
    """The id and message of each finding that `check --live` tells of the cluster."""
    command = [sys.executable, "-m", "kube_oidc", "check", str(AUTH), "--live", "--format=json"]
    done = subprocess.run(
        [*command, f"--kubeconfig={world.cluster.api_server.admin}"],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    files: list[dict[str, Any]] = json.loads(done.stdout)["files"]
    told = [each for file in files if file["path"] != str(AUTH) for each in file["diagnostics"]]
    return {(each["code"], each["message"]) for each in told}


def ids(told: set[tuple[str, str]]) -> set[str]:
    return {code for code, _ in told}


def reviewed(world: World, name: str) -> bool | None:
    """What the API server says of the finding's token and request, as the bad example has them; None without one."""
    configuration = check(AUTH.read_bytes(), Context(DEFAULT)).configuration
    assert configuration is not None
    grants = Grants(
        ConfigUnderReview(configuration).entries, load([RULES / folder_of(name) / "bad.yaml"]).objects
    )
    [finding] = [finding for about, finding in run_grant_rules(grants) if about.id == name]
    if finding.held is None or finding.request is None:
        return None
    user, asked = finding.held.user, finding.request
    assert user is not None
    names = ("verb", "resource", "subresource", "name", "namespace")
    attributes = {each: getattr(asked, each) for each in names} | {"group": asked.api_group}
    spec = {"user": user.username, "groups": list(user.groups), "resourceAttributes": attributes}
    review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}
    said = world.cluster.kubectl("create", "-f", "-", "-o", "json", stdin=json.dumps(review))
    return bool(json.loads(said)["status"]["allowed"])


@pytest.mark.parametrize("name", IDS)
def test_a_cluster_with_the_bad_example_has_it_and_with_the_good_one_not(
    site: World, usual: set[tuple[str, str]], name: str
) -> None:
    with applied(site, RULES / folder_of(name) / "bad.yaml"):
        assert name in ids(live(site) - usual)
        assert reviewed(site, name) is not False
    with applied(site, RULES / folder_of(name) / "good.yaml"):
        assert name not in ids(live(site) - usual)
        assert reviewed(site, name) is not True


def test_a_new_cluster_has_none(site: World) -> None:
    # The story's own deployer; users of other tests, who aren't from the issuer.
    assert ids(live(site)) <= {"grant-workloads", "subject-without-prefix"}
