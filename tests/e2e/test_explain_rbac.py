"""`explain --rbac` and `--live` against the API server's own access reviews, and the nearest grant of a refusal."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from e2e.harness.issuer import Run
from e2e.harness.world import EXAMPLE, World

OBJECTS: Final = Path(__file__).parent / "explain" / "rbac.yaml"
MAIN: Final = Run(repository="adam/explained")
RUNS: Final = {
    "main": MAIN,
    "branch": replace(MAIN, ref="refs/heads/feature"),
    "letter": replace(MAIN, ref="refs/heads/mains"),
    "tag": replace(MAIN, ref="refs/tags/main"),
    "version": replace(MAIN, ref="refs/tags/v1"),
    "repository": replace(MAIN, repository="adam/explain"),
    "case": replace(MAIN, repository="adam/Explained"),
    "both": replace(MAIN, repository="adam/explain", ref="refs/heads/feature"),
    "lost": replace(MAIN, ref="refs/heads/lost"),
    "stranger": replace(MAIN, repository="adam/x", event="release", ref="refs/tags/some-other-release-of-it"),
}
QUESTIONS: Final = (
    "get deployments",
    "get deployments.apps",
    "patch deployments.apps blog",
    "patch deployments.apps/scale",
    "patch deployments/scale.apps",
    "delete deployments",
    "create deployments.apps",
    "get deployments.extensions",
    "get pods/log",
    "get pods",
    "list pods",
    "get secrets registry",
    "get secrets other",
    "get secrets",
    "list nodes",
    "get /metrics",
    "get /healthz/etcd",
    "get /healthz",
    "post /metrics",
    "get /version",
    "create selfsubjectreviews.authentication.k8s.io",
    "* *",
)


def explain(world: World, run: Run, *arguments: str | Path, form: str = "json") -> tuple[int, str]:
    command = [sys.executable, "-m", "kube_oidc", "explain", str(EXAMPLE / "auth.yaml"), "--claims=-"]
    done = subprocess.run(
        [*command, f"--format={form}", *map(str, arguments)],
        input=json.dumps(world.issuer.claims(run, "forgejo")), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout


def access(world: World, run: Run, *arguments: str | Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(explain(world, run, *arguments)[1])
    assert found["authenticated"], found
    access: dict[str, Any] = found["access"]
    return access


def asked(*questions: str) -> list[str]:
    return [f"--can={question}" for question in questions]


@pytest.fixture(scope="module")
def granted(world: World) -> Iterator[World]:
    """The objects are in the cluster meanwhile."""
    world.cluster.kubectl("apply", "-f", str(OBJECTS))
    yield world
    world.cluster.kubectl("delete", "--wait=false", "-f", str(OBJECTS))


def live(world: World) -> str:
    return f"--kubeconfig={world.cluster.api_server.admin}"


def reviewed(world: World, run: Run, request: dict[str, str]) -> bool:
    """What the API server says of this user, groups as it gives them to an accepted token."""
    spec: dict[str, Any] = {"user": f"forgejo:{run.subject}", "groups": ["system:authenticated"]}
    if request["path"]:
        spec["nonResourceAttributes"] = {"verb": request["verb"], "path": request["path"]}
    else:
        names = ("verb", "resource", "subresource", "name", "namespace")
        spec["resourceAttributes"] = {name: request[name] for name in names} | {"group": request["apiGroup"]}
    review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}
    said = world.cluster.kubectl("create", "-f", "-", "-o", "json", stdin=json.dumps(review))
    return bool(json.loads(said)["status"]["allowed"])


@pytest.mark.parametrize("namespace", ["explained", "explained-other", "default", ""])
@pytest.mark.parametrize("name", ["main", "version", "lost"])
def test_every_answer_is_that_of_the_api_server(granted: World, name: str, namespace: str) -> None:
    run = RUNS[name]
    questions = [*asked(*QUESTIONS), f"--namespace={namespace}"]
    from_cluster = access(granted, run, "--live", live(granted), *questions)["answers"]
    from_files = access(granted, run, f"--rbac={OBJECTS}", *questions)["answers"]
    for one, other in zip(from_cluster, from_files, strict=True):
        verdict = reviewed(granted, run, one["request"])
        assert one["request"] == other["request"]
        assert (one["allowed"], one["apiServer"], other["allowed"]) == (verdict, verdict, verdict), one[
            "request"
        ]


def test_some_are_allowed_and_some_are_not(granted: World) -> None:
    """So that the table above says something."""
    answers = access(granted, MAIN, f"--rbac={OBJECTS}", *asked(*QUESTIONS), "--namespace=explained")[
        "answers"
    ]
    allowed = [question for question, answer in zip(QUESTIONS, answers, strict=True) if answer["allowed"]]
    assert allowed == [
        "get deployments", "get deployments.apps", "patch deployments.apps blog", "get pods/log",
        "get secrets registry", "list nodes", "get /metrics", "get /healthz/etcd", "get /healthz", "get /version",
        "create selfsubjectreviews.authentication.k8s.io",
    ]  # fmt: skip


def test_a_real_token_may_do_what_was_said(granted: World) -> None:
    kubeconfig = granted.kubeconfig_for(granted.issuer.sign(granted.issuer.claims(MAIN, "forgejo")))
    questions = ("patch deployments.apps", "delete deployments.apps", "get pods/log")
    answers = access(granted, MAIN, "--live", live(granted), *asked(*questions), "--namespace=explained")[
        "answers"
    ]
    for answer in answers:
        request = answer["request"]
        resource = f"{request['resource']}.{request['apiGroup']}".rstrip(".")
        words = ["auth", "can-i", request["verb"], resource, f"--subresource={request['subresource']}"]
        command = [
            granted.cluster.site.binaries.path("kubectl"),
            f"--kubeconfig={kubeconfig}",
            *words,
            "-n=explained",
        ]
        said = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert said.stdout.strip() == ("yes" if answer["allowed"] else "no")


DEPLOY: Final = "explained:deploy"
SCALE: Final = ("resource", "deployments.apps/scale", "deployments.apps")
CASE: Final = ("repository, in upper and lower case", "adam/Explained", MAIN.repository)
GROUP: Final = ("kind of subject", "a user", "the group of this name")
VERB: Final = ("verb", "delete", "get, list, watch, patch")
BRANCH: Final = ("branch", "refs/heads/feature", "refs/heads/main")
NEAREST: Final = [
    ("main", "delete deployments", "explained", DEPLOY, VERB),
    ("main", "patch deployments/scale", "explained", DEPLOY, SCALE),
    ("main", "get pods", "explained", DEPLOY, ("resource", "pods", "pods/log")),
    ("main", "get deployments.extensions", "explained", DEPLOY, ("API group", "extensions", "apps")),
    ("main", "get secrets other", "explained", DEPLOY, ("name", "other", "registry")),
    ("main", "patch deployments", "default", DEPLOY, ("namespace", "default", "explained")),
    ("main", "patch deployments", "", DEPLOY, ("namespace", "the whole cluster", "explained")),
    ("main", "post /metrics", "", "explained:metrics", ("verb", "post", "get")),
    ("main", "get /metrics/x", "", "explained:metrics", ("path", "/metrics/x", "/metrics, /healthz/*")),
    ("branch", "patch deployments", "explained", DEPLOY, BRANCH),
    ("branch", "delete deployments", "explained", DEPLOY, BRANCH, VERB),
    ("letter", "patch deployments", "explained", DEPLOY, ("branch, by one character", "refs/heads/mains", MAIN.ref)),
    ("tag", "patch deployments", "explained", DEPLOY, ("branch or tag", "refs/tags/main", MAIN.ref)),
    ("version", "get pods", "explained-other", "explained:view", GROUP),
    ("repository", "patch deployments", "explained", DEPLOY, ("repository", "adam/explain", MAIN.repository)),
    ("case", "patch deployments", "explained", DEPLOY, CASE),
    ("both", "patch deployments", "explained", DEPLOY, ("repository", "adam/explain", MAIN.repository), BRANCH),
    ("lost", "get pods", "explained", "explained:lost", ("role that does not exist", "", "explained:nowhere")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "question", "namespace", "binding", "differences"), [(*row[:4], row[4:]) for row in NEAREST]
)
def test_the_nearest_grant_is_named_and_what_differs(
    world: World,
    name: str,
    question: str,
    namespace: str,
    binding: str,
    differences: tuple[tuple[str, str, str], ...],
) -> None:
    (answer,) = access(
        world, RUNS[name], f"--rbac={OBJECTS}", f"--can={question}", f"--namespace={namespace}"
    )["answers"]
    assert not answer["allowed"]
    first = answer["nearest"][0]
    assert first["binding"]["name"] == binding
    assert [(each["what"], each["here"], each["there"]) for each in first["differences"]] == [*differences]


def test_who_has_no_grant_is_told_so(world: World) -> None:
    status, text = explain(
        world,
        RUNS["stranger"],
        f"--rbac={OBJECTS}",
        "--can=create configmaps",
        "--namespace=explained",
        form="text",
    )
    assert status == 1
    assert "no binding has this user or one of its groups" in text
    assert text.endswith("can the user create configmaps in namespace explained? no\n")


def test_the_api_servers_own_refusal_is_a_question(granted: World) -> None:
    kubeconfig = granted.kubeconfig_for(granted.issuer.sign(granted.issuer.claims(RUNS["branch"], "forgejo")))
    command = [granted.cluster.site.binaries.path("kubectl"), f"--kubeconfig={kubeconfig}"]
    command += ["patch", "deployment", "blog", "-n=explained", "--type=merge", "-p={}"]
    said = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False).stderr
    assert "forbidden" in said.lower()
    status, text = explain(granted, RUNS["branch"], f"--rbac={OBJECTS}", f"--can={said}", form="text")
    assert status == 1
    assert 'can the user get deployments.apps "blog" in namespace explained? no' in text or (
        'can the user patch deployments.apps "blog" in namespace explained? no' in text
    )
    assert "    branch: refs/heads/feature here, refs/heads/main there" in text
    status, text = explain(granted, MAIN, f"--rbac={OBJECTS}", f"--can={said}", form="text")
    assert status == 0
    assert f"the pasted message is about another user, forgejo:{RUNS['branch'].subject}" in text
    assert "    branch: refs/heads/main here, refs/heads/feature there" in text


def test_what_may_not_be_read_is_said_and_leaves_the_answer_open(granted: World) -> None:
    auditor = granted.issuer.sign(granted.issuer.claims(replace(MAIN, repository="adam/auditor"), "forgejo"))
    kubeconfig = f"--kubeconfig={granted.kubeconfig_for(auditor)}"
    questions = [*asked("patch deployments", "list nodes"), "--namespace=explained"]
    found = access(granted, MAIN, "--live", kubeconfig, *questions)
    assert [answer["allowed"] for answer in found["answers"]] == [None, True]
    assert [answer["apiServer"] for answer in found["answers"]] == [None, None]
    assert len(found["missing"]) == 2
    assert "roles: HTTP 403: roles.rbac.authorization.k8s.io is forbidden" in found["missing"][0]
    status, text = explain(granted, MAIN, "--live", kubeconfig, *questions, form="text")
    assert status == 1
    assert (
        "can the user patch deployments.apps in namespace explained? "
        "unknown: not allowed by the objects that could be read" in text
    )


def test_who_may_read_nothing_is_told_so(granted: World) -> None:
    token = granted.issuer.sign(granted.issuer.claims(RUNS["stranger"], "forgejo"))
    command = [
        sys.executable,
        "-m",
        "kube_oidc",
        "explain",
        str(EXAMPLE / "auth.yaml"),
        "--claims=-",
        "--live",
    ]
    command.append(f"--kubeconfig={granted.kubeconfig_for(token)}")
    claims = json.dumps(granted.issuer.claims(MAIN, "forgejo"))
    done = subprocess.run(command, input=claims, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 2
    assert "--live: cannot read RBAC objects from https://127.0.0.1:" in done.stderr
    assert token not in done.stderr
