"""Random roles and bindings in a cluster: what RBAC gives is what the API server says to access reviews."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest
import yaml
from kube_oidc.model import UserInfo
from kube_oidc.rbac import Loaded, Policy, Request, load, with_builtin

from e2e.harness.asking import Connection, Credential
from e2e.harness.binaries import VERSION
from e2e.harness.cluster import Cluster
from e2e.harness.rbac_random import NAMESPACES, Drawing
from e2e.harness.world import World
from e2e.test_rbac import review

SEEDS: Final = range(2, 8)
OBJECTS: Final = 60
QUESTIONS: Final = 400
REVIEWS: Final = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
SETTLED_SECONDS: Final = 30


@pytest.fixture(scope="module")
def owned(world: World) -> Iterator[Cluster]:
    for namespace in NAMESPACES[:2]:
        world.cluster.kubectl("create", "namespace", namespace)
    yield world.cluster
    world.cluster.kubectl("delete", "namespace", *NAMESPACES[:2], "--wait=false")


@pytest.fixture(scope="module")
def asked(owned: Cluster) -> Connection:
    user = yaml.safe_load(owned.api_server.admin.read_text())["users"][0]["user"]
    files = (Path(user["client-certificate"]), Path(user["client-key"]))
    return Connection(
        owned.api_server.url, owned.site.authority.certificate, Credential("owner", certificate=files)
    )


def verdict(asked: Connection, who: UserInfo, request: Request) -> bool:
    status, text = asked.ask("POST", REVIEWS, json.dumps(review(who, request)))
    assert status == 201, text
    return bool(json.loads(text)["status"]["allowed"])


def applied(owned: Cluster, file: Path) -> list[str]:
    """Puts the file into the cluster; what kubectl says of the objects that are refused."""
    command = [
        owned.site.binaries.path("kubectl"),
        f"--kubeconfig={owned.api_server.admin}",
        "apply",
        "--validate=false",
        "-f",
        str(file),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    return done.stderr.splitlines()


def different(asked: Connection, policy: Policy, questions: list[tuple[UserInfo, Request]]) -> list[Any]:
    """Where both say another thing, once the API server's caches and the controllers had time."""
    deadline = time.monotonic() + SETTLED_SECONDS
    left = questions
    while left and time.monotonic() < deadline:
        left = [
            (who, request)
            for who, request in left
            if policy.allows(who, request).allowed != verdict(asked, who, request)
        ]
        time.sleep(0.3 if left else 0)
    return [(who, request, policy.allows(who, request)) for who, request in left]


@pytest.mark.parametrize("seed", SEEDS)
def test_what_a_file_gives_is_what_the_cluster_gives(
    owned: Cluster, asked: Connection, tmp_path: Path, seed: int
) -> None:
    drawing = Drawing(seed)
    drawn = drawing.draw(OBJECTS)
    file = tmp_path / "rbac.yaml"
    file.write_text(drawn.text(Random(seed)))
    refused = applied(owned, file)
    loaded: Loaded = load([file], version=VERSION)
    sentinel = (UserInfo(f"{drawing.prefix}:sentinel"), Request("get", path="/sentinel"))
    policy = Policy(with_builtin(loaded.objects, VERSION))
    try:
        assert different(asked, policy, [sentinel]) == [], refused
        questions = drawing.questions(drawn, QUESTIONS)
        allowed = sum(policy.allows(who, request).allowed for who, request in questions)
        assert 10 < allowed < QUESTIONS // 2
        found = different(asked, policy, questions)
        assert not found, (found, refused, loaded.problems)
    finally:
        owned.kubectl("delete", "-f", str(file), "--ignore-not-found", "--wait=false")
