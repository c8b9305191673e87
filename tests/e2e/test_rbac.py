"""RBAC against the API server's own SubjectAccessReview, from files and from the cluster's own objects."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, Final

import pytest
from kube_oidc.model import UserInfo
from kube_oidc.rbac import Policy, Request, decode, load, with_authenticated_group, with_builtin

from e2e.harness import rbac_defaults, recording
from e2e.harness.binaries import MINOR, VERSION
from e2e.harness.cluster import Cluster
from e2e.harness.world import World

OBJECTS: Final = recording.FOLDER / "rbac.yaml"


MAIN: Final = "forgejo:repo:adam/blog:ref:refs/heads/main"


def user(name: str, *groups: str) -> UserInfo:
    return UserInfo(name, groups=groups)


def ask(words: str, namespace: str = "", name: str = "") -> Request:
    """`patch deployments.apps/scale`, or `get /metrics`."""
    verb, what = words.split(" ", 1)
    if what.startswith("/"):
        return Request(verb, path=what)
    resource, _, subresource = what.partition("/")
    resource, _, group = resource.partition(".")
    return Request(verb, group, resource, subresource, name, namespace)


READER: Final = user("ada", "rbac:readers")


CLUSTER: Final = user("ada", "rbac:cluster-readers")


SCALER: Final = user("ada", "rbac:scalers")


ROBOT_A: Final = user("system:serviceaccount:rbac-a:robot")


ROBOT_B: Final = user("system:serviceaccount:rbac-b:robot")


AGGREGATED: Final = user("rbac:aggregated")


EDITOR: Final = user("rbac:editor")


TOKEN: Final = with_authenticated_group(user("nobody"))


MASTER: Final = user("ada", "system:masters")


# who, what, and whether: the API server's answer decides, the third column says what the author expected of it
CASES: Final = [
    (user(MAIN), ask("patch deployments.apps", "rbac-a"), True),
    (user(MAIN), ask("patch deployments.apps", "rbac-a", "blog"), True),
    (user(MAIN), ask("patch deployments.apps", "rbac-b"), False),
    (user(MAIN), ask("patch deployments.apps"), False),
    (user(MAIN), ask("delete deployments.apps", "rbac-a"), False),
    (user(MAIN), ask("patch deployments", "rbac-a"), False),
    (user(MAIN), ask("patch deployments.extensions", "rbac-a"), False),
    (user(MAIN), ask("patch deployments.apps/scale", "rbac-a"), False),
    (user(MAIN), ask("patch Deployments.apps", "rbac-a"), False),
    (user(MAIN), ask("get configmaps", "rbac-a", "site"), True),
    (user(MAIN), ask("get configmaps", "rbac-a", "theme"), True),
    (user(MAIN), ask("get configmaps", "rbac-a", "other"), False),
    (user(MAIN), ask("get configmaps", "rbac-a"), False),
    (user(MAIN), ask("get pods/log", "rbac-a", "blog-1"), True),
    (user(MAIN), ask("get anything/log", "rbac-a"), True),
    (user(MAIN), ask("get pods/exec", "rbac-a"), True),
    (user(MAIN), ask("get pods/logs", "rbac-a"), False),
    (user(MAIN), ask("get pods", "rbac-a"), False),
    (user(MAIN), ask("get log", "rbac-a"), False),
    (user(MAIN.replace("main", "Main")), ask("patch deployments.apps", "rbac-a"), False),
    (user("forgejo:repo:adam/blog:ref:refs/heads/mai"), ask("patch deployments.apps", "rbac-a"), False),
    (user("x", MAIN), ask("patch deployments.apps", "rbac-a"), False),
    (READER, ask("get secrets", "rbac-a"), True),
    (READER, ask("list widgets.example.org", "rbac-a"), True),
    (READER, ask("get pods/log", "rbac-a"), True),
    (READER, ask("watch secrets", "rbac-a"), False),
    (READER, ask("get secrets", "rbac-b"), False),
    (READER, ask("get nodes"), False),
    (READER, ask("get /metrics"), False),
    (user("rbac:readers"), ask("get secrets", "rbac-a"), False),
    (ROBOT_A, ask("get secrets", "rbac-a"), True),
    (ROBOT_B, ask("get secrets", "rbac-a"), True),
    (ROBOT_B, ask("get secrets", "rbac-b"), False),
    (user("system:serviceaccount:rbac-a:robots"), ask("get secrets", "rbac-a"), False),
    (user("robot"), ask("get secrets", "rbac-a"), False),
    (user("system:serviceaccount:rbac-b:cluster-robot"), ask("get nodes"), True),
    (CLUSTER, ask("get secrets", "rbac-a"), True),
    (CLUSTER, ask("get secrets"), True),
    (CLUSTER, ask("get nodes", name="node"), True),
    (CLUSTER, ask("get /metrics"), True),
    (CLUSTER, ask("get /metrics/slis"), False),
    (CLUSTER, ask("get /rbac/x/y"), True),
    (CLUSTER, ask("get /rbac/"), True),
    (CLUSTER, ask("get /rbac"), False),
    (CLUSTER, ask("post /metrics"), False),
    (CLUSTER, ask("create secrets"), False),
    (SCALER, ask("patch deployments.apps/scale", "rbac-a"), True),
    (SCALER, ask("anything whatever.apps/scale", "rbac-a"), True),
    (SCALER, ask("patch scale.apps", "rbac-a"), False),
    (SCALER, ask("get deployments.apps/status", "rbac-a"), False),
    (SCALER, ask("delete jobs.batch", "rbac-a"), True),
    (SCALER, ask("list cronjobs.batch", "rbac-a"), False),
    (SCALER, ask("delete jobs.batch/status", "rbac-a"), True),
    (SCALER, ask("delete jobs.batch/log", "rbac-a"), False),
    (SCALER, ask("* jobs.batch", "rbac-a"), True),
    (SCALER, ask("get *.batch", "rbac-a"), False),
    (SCALER, ask("post /what/ever"), True),
    (SCALER, ask("get /star*/end"), True),
    (SCALER, ask("get /star/end"), False),
    (SCALER, ask("get /double/x"), True),
    (SCALER, ask("get /double*"), True),
    (SCALER, ask("get things.example.org"), True),
    (SCALER, ask("get things.example.org", name="one"), False),
    (user("rbac:above"), ask("list services", "rbac-b"), True),
    (user("rbac:above"), ask("list endpoints", "rbac-b"), False),
    (user("x", "system:serviceaccount:rbac-a:robot"), ask("get secrets", "rbac-a"), False),
    (user(MAIN), ask("get pods/log/x", "rbac-a"), False),
    (SCALER, ask("get deployments.apps/", "rbac-a"), False),
    (AGGREGATED, ask("list pods", "rbac-b"), True),
    (AGGREGATED, ask("list services", "rbac-b"), True),
    (AGGREGATED, ask("list endpoints", "rbac-b"), False),
    (AGGREGATED, ask("list secrets", "rbac-b"), False),
    (AGGREGATED, ask("list pods", "rbac-a"), False),
    (AGGREGATED, ask("watch nodes"), True),
    (user("rbac:lost"), ask("get pods", "rbac-b"), False),
    (user("rbac:lost"), ask("get pods"), False),
    (EDITOR, ask("create deployments.apps", "rbac-b"), True),
    (EDITOR, ask("get secrets", "rbac-b"), True),
    (EDITOR, ask("create rolebindings.rbac.authorization.k8s.io", "rbac-b"), False),
    (EDITOR, ask("create serviceaccounts/token", "rbac-b"), True),
    (EDITOR, ask("impersonate serviceaccounts", "rbac-b"), True),
    (EDITOR, ask("create deployments.apps", "rbac-a"), False),
    (user(""), ask("get secrets", "rbac-b"), False),
    (TOKEN, ask("create selfsubjectaccessreviews.authorization.k8s.io"), True),
    (TOKEN, ask("get /api"), True),
    (TOKEN, ask("get /openapi/v3"), True),
    (TOKEN, ask("get /metrics"), False),
    (TOKEN, ask("list pods", "default"), False),
    (user("nobody"), ask("get /api"), False),
    (user("system:anonymous", "system:unauthenticated"), ask("get /version"), True),
    (user("system:anonymous", "system:unauthenticated"), ask("get /api"), False),
    (user("system:kube-scheduler"), ask("create bindings", "rbac-a"), True),
    (MASTER, ask("delete namespaces", name="kube-system"), True),
    (MASTER, ask("get /whatever"), True),
    (user("system:masters"), ask("get /whatever"), False),
]


@pytest.fixture(scope="module")
def owned(world: World) -> Iterator[Cluster]:
    """The cluster with the objects of the table, once the aggregated roles are made."""
    owned = world.cluster
    for namespace in ("rbac-a", "rbac-b"):
        owned.kubectl("create", "namespace", namespace)
    owned.kubectl("apply", "-f", str(OBJECTS))
    wait_for_aggregation(owned)
    yield owned
    owned.kubectl("delete", "-f", str(OBJECTS))
    owned.kubectl("delete", "namespace", "rbac-a", "rbac-b", "--wait=false")


def wait_for_aggregation(owned: Cluster) -> None:
    def rules(name: str) -> list[dict[str, Any]]:
        return json.loads(owned.kubectl("get", "clusterrole", name, "-o", "json"))["rules"] or []

    deadline = time.monotonic() + 120
    while len(rules("rbac-top")) != 2 or not rules("edit"):
        assert time.monotonic() < deadline, rules("rbac-top")
        time.sleep(0.2)


def review(who: UserInfo, request: Request) -> dict[str, Any]:
    spec: dict[str, Any] = {"user": who.username, "groups": list(who.groups)}
    if request.path:
        spec["nonResourceAttributes"] = {"verb": request.verb, "path": request.path}
    else:
        spec["resourceAttributes"] = {
            "verb": request.verb,
            "group": request.api_group,
            "resource": request.resource,
            "subresource": request.subresource,
            "name": request.name,
            "namespace": request.namespace,
        }
    return {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}


def stream(text: str) -> Iterator[dict[str, Any]]:
    """The objects that kubectl prints one behind the other."""
    decoder, position = json.JSONDecoder(), 0
    while position < len(text.rstrip()):
        value, end = decoder.raw_decode(text[position:].lstrip())
        position += len(text[position:]) - len(text[position:].lstrip()) + end
        yield value


@pytest.fixture(scope="module")
def answers(owned: Cluster) -> list[dict[str, Any] | None]:
    """The API server's status for every case; None where it takes no such question."""
    asked = [(who, request) for who, request, _ in CASES if who.username or who.groups]
    items = [review(who, request) for who, request in asked]
    stdin = json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
    said = list(stream(owned.kubectl("create", "-f", "-", "-o", "json", stdin=stdin)))
    assert [item["spec"]["user"] for item in said] == [who.username for who, _ in asked]
    statuses = iter(item["status"] for item in said)
    return [next(statuses) if who.username or who.groups else None for who, _, _ in CASES]


def policies(owned: Cluster) -> dict[str, Policy]:
    """One made of the files and of what every cluster has, one of the cluster's own objects."""
    text = owned.kubectl("get", rbac_defaults.KINDS, "-A", "-o", "json")
    live = decode(json.loads(text)["items"], "cluster")
    assert live.problems == ()
    files = load([OBJECTS], version=VERSION)
    assert (files.problems, files.ignored) == ((), {"ConfigMap": 1})
    return {
        "files": Policy(with_builtin(files.objects, VERSION)),
        "cluster": Policy(live.objects, aggregate=False),
    }


def test_every_answer_is_the_api_servers(owned: Cluster, answers: list[dict[str, Any] | None]) -> None:
    found = policies(owned)
    different = [
        (source, who, request, decision, status)
        for source, policy in found.items()
        for (who, request, _), status in zip(CASES, answers, strict=True)
        if status is not None
        for decision in [policy.allows(who, request)]
        if (decision.allowed, decision.reason) != (status["allowed"], status.get("reason", ""))
    ]
    assert different == []


def test_the_table_says_what_was_expected(answers: list[dict[str, Any] | None]) -> None:
    said = [bool(status and status["allowed"]) for status in answers]
    wrong = [case for case, allowed in zip(CASES, said, strict=True) if case[2] != allowed]
    assert wrong == []
    assert len(CASES) >= 60 and 25 <= sum(said) <= len(CASES) - 25


def test_the_package_has_these_answers(answers: list[dict[str, Any] | None]) -> None:
    recording.keep(
        "rbac-decisions.jsonl",
        [
            {
                "user": who.username,
                "groups": who.groups,
                "request": {name: value for name, value in asdict(request).items() if value},
                "allowed": status["allowed"],
                "reason": status.get("reason", ""),
            }
            for (who, request, _), status in zip(CASES, answers, strict=True)
            if status is not None
        ],
    )


def test_the_package_has_the_roles_that_an_api_server_makes(owned: Cluster) -> None:
    kept = rbac_defaults.kept(MINOR)
    assert rbac_defaults.asked(owned) == kept, "python -m e2e.harness.rbac_defaults writes them again"
