"""Each preset allows exactly its kubectl commands, and needs each of its verbs."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import pytest

NAMESPACE: Final = "site"
USER: Final = "forgejo:repo:adam/site:ref:refs/heads/main"
PRESETS: Final = ("apply", "deploy", "view")
TRIES: Final = 300  # of 0.1 s: a changed role is known to the authorizer within a moment

POD: Final = {"containers": [{"name": "site", "image": "site:1"}]}
LABELS: Final = {"app": "site"}
TEMPLATE: Final = {"metadata": {"labels": LABELS}, "spec": POD}
ONCE: Final = {"spec": {**POD, "restartPolicy": "Never"}}
YEARLY: Final = {"spec": {"template": ONCE}}
SELECTED: Final = {"selector": {"matchLabels": LABELS}, "template": TEMPLATE}
BACKEND: Final = {"service": {"name": "site", "port": {"number": 80}}}
SPECS: Final[dict[str, tuple[str, str, dict[str, Any]]]] = {
    "configmaps": ("v1", "ConfigMap", {"data": {"a": "1"}}),
    "services": ("v1", "Service", {"spec": {"ports": [{"port": 80}], "selector": LABELS}}),
    "deployments": ("apps/v1", "Deployment", {"spec": SELECTED}),
    "statefulsets": ("apps/v1", "StatefulSet", {"spec": {**SELECTED, "serviceName": "site"}}),
    "daemonsets": ("apps/v1", "DaemonSet", {"spec": SELECTED}),
    "jobs": ("batch/v1", "Job", {"spec": {"template": ONCE}}),
    "cronjobs": ("batch/v1", "CronJob", {"spec": {"schedule": "0 0 1 1 *", "jobTemplate": YEARLY}}),
    "ingresses": ("networking.k8s.io/v1", "Ingress", {"spec": {"defaultBackend": BACKEND}}),
}  # fmt: skip
ROLLED_OUT: Final = ("daemonsets", "deployments", "statefulsets")


PATIENCE: Final = "90s"  # for a rollout that should finish; others are not waited for


@dataclass(frozen=True)
class Command:
    """A kubectl command line and its standard input."""

    words: tuple[str, ...]
    stdin: str = ""

    def hasty(self) -> Command:
        """The same with a short timeout: kubectl retries a forbidden list or watch until it expires."""
        return replace(self, words=tuple(word.replace(PATIENCE, "3s") for word in self.words))


def manifest(resource: str, name: str, **annotations: str) -> str:
    """An object of this resource as JSON."""
    version, kind, content = SPECS[resource]
    metadata = {"name": name, "namespace": NAMESPACE, "annotations": annotations}
    return json.dumps({"apiVersion": version, "kind": kind, "metadata": metadata, **content})


def applied(resource: str, name: str) -> list[Command]:
    """`kubectl apply` of a new object and of a change, and its rollout if it has one."""
    commands = [
        Command(("apply", "-f", "-"), manifest(resource, name)),
        Command(("apply", "-f", "-"), manifest(resource, name, changed="yes")),
    ]
    if resource in ROLLED_OUT:
        commands.append(Command(("rollout", "status", f"{resource}/{name}", f"--timeout={PATIENCE}")))
    return commands


def viewed(resource: str, existing: str) -> list[Command]:
    """Commands that only read."""
    if resource == "pods/log":
        return [Command(("logs", existing, "--request-timeout=5s"))]
    return [
        Command(("get", resource)),
        Command(("get", resource, existing)),
        Command(("get", resource, "--watch", "--request-timeout=1s")),
    ]


DEPLOY: Final = [
    Command(("set", "image", "deployment/before", "site=site:2")),
    Command(("rollout", "status", "deployment/before", f"--timeout={PATIENCE}")),
    Command(("rollout", "restart", "deployment/before")),
    Command(("rollout", "status", "deployment/before", f"--timeout={PATIENCE}")),
]


class Cluster:
    """A real cluster, used as the user of the grant."""

    def __init__(self, binaries: Any, admin: Path) -> None:
        self._base = [str(binaries.path("kubectl")), f"--kubeconfig={admin}", f"--namespace={NAMESPACE}"]

    def kubectl(self, *words: str, stdin: str = "") -> str:
        """The output of kubectl as an administrator."""
        done = subprocess.run(
            [*self._base, *words], input=stdin, capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def existing(self, resource: str) -> str:
        """The name of an object of this resource."""
        names = self.kubectl(
            "get", resource.removesuffix("/log"), "--output=jsonpath={.items[*].metadata.name}"
        )
        return names.split()[0]

    def allowed(self, command: Command) -> tuple[bool, str]:
        """Whether the user may do it, and what kubectl said; another failure than a refusal is an error.

        A new kubectl with a new API server watches where older ones list: here it does as they do.
        """
        done = subprocess.run(
            [*self._base, f"--as={USER}", *command.words],
            input=command.stdin, capture_output=True, text=True, check=False, timeout=120,
            env={**os.environ, "KUBE_FEATURE_WatchListClient": "false"},
        )  # fmt: skip
        said = done.stdout + done.stderr
        if "orbidden" in said or "timed out waiting" in said:
            return False, said
        # The watch ends by its time-out, and kwok's pods have no logs.
        fine = done.returncode == 0 or "--watch" in command.words or "logs" in command.words
        assert fine, f"kubectl {' '.join(command.words)}: {said}"
        return True, said

    def grant(self, objects: list[dict[str, Any]]) -> None:
        """Replaces the rules in force by exactly these."""
        self.kubectl("apply", "-f", "-", stdin="\n---\n".join(json.dumps(item) for item in objects))
        rules = next(item for item in objects if item["kind"] == "Role")["rules"]
        wanted = {
            (resource, verb) for rule in rules for resource in rule["resources"] for verb in rule["verbs"]
        }
        for _ in range(TRIES):
            if self._granted() == wanted:
                return
            time.sleep(0.1)
        pytest.fail("the role is not in force after 30 s")

    def _granted(self) -> set[tuple[str, str]]:
        spec = {"namespace": NAMESPACE}
        review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview", "spec": spec}
        said = self.kubectl(
            f"--as={USER}", "create", "-f", "-", "--output=json", "--validate=false", stdin=json.dumps(review)
        )
        rules = json.loads(said)["status"]["resourceRules"]
        ignored = {"authentication.k8s.io", "authorization.k8s.io"}
        return {
            (resource, verb)
            for rule in rules
            if not ignored & set(rule.get("apiGroups") or [])
            for resource in rule.get("resources") or []
            for verb in rule["verbs"]
        }


def commands(cluster: Cluster, preset: str, resource: str, name: str) -> list[Command]:
    """The preset's commands for this resource."""
    match preset:
        case "deploy":
            return DEPLOY
        case "apply":
            return applied(resource, name)
        case _:
            return viewed(resource, cluster.existing(resource))


@pytest.fixture(scope="module")
def cluster(binaries: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster with one object of every kind in it."""
    from e2e.harness import certificates
    from e2e.harness import cluster as clusters

    folder = tmp_path_factory.mktemp("presets")
    authority = certificates.Authority("authority", folder)
    site = clusters.Site(folder, binaries, authority, {})
    empty = b"apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\n"
    with clusters.start(site, empty) as started:
        owned = Cluster(binaries, started.api_server.admin)
        owned.kubectl("create", "namespace", NAMESPACE)
        for resource in SPECS:
            owned.kubectl("apply", "-f", "-", stdin=manifest(resource, "before"))
        owned.kubectl("rollout", "status", "deployment/before", "--timeout=60s")
        yield owned


@pytest.fixture(scope="module")
def objects() -> dict[str, list[dict[str, Any]]]:
    """Role and RoleBinding of every preset, as the module renders them."""
    from .conftest import HERE, run, why_not

    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    expression = f"""
      let
        lib = import <nixpkgs/lib>;
        evaluate = import {HERE}/evaluate.nix {{ inherit lib; }};
        of = preset: builtins.attrValues (evaluate.machine [
          evaluate.master evaluate.forgejo
          (evaluate.oidc {{
            grants.g = {{
              issuer = "forgejo";
              workload = {{ repository = "adam/site"; ref = "refs/heads/main"; }};
              namespace = "{NAMESPACE}";
              inherit preset;
            }};
          }})
        ]).services.kube-oidc.manifests;
      in lib.genAttrs [ {" ".join(f'"{preset}"' for preset in PRESETS)} ] of
    """
    answer = run("nix-instantiate", "--eval", "--strict", "--json", "--expr", expression)
    assert answer.returncode == 0, answer.stderr
    made: dict[str, list[dict[str, Any]]] = json.loads(answer.stdout)
    return made


def resources(objects: list[dict[str, Any]]) -> list[str]:
    """Every resource of the role."""
    rules = next(item for item in objects if item["kind"] == "Role")["rules"]
    return [resource for rule in rules for resource in rule["resources"]]


def without(objects: list[dict[str, Any]], resource: str, verb: str) -> list[dict[str, Any]]:
    """The same objects, without one verb on one resource of the role."""

    def less(rule: dict[str, Any]) -> list[dict[str, Any]]:
        if resource not in rule["resources"]:
            return [rule]
        others = [other for other in rule["resources"] if other != resource]
        verbs = [other for other in rule["verbs"] if other != verb]
        parts = [{**rule, "resources": others}, {**rule, "resources": [resource], "verbs": verbs}]
        return [part for part in parts if part["resources"] and part["verbs"]]

    return [
        {**item, "rules": [part for rule in item["rules"] for part in less(rule)]}
        if item["kind"] == "Role"
        else item
        for item in objects
    ]


@pytest.mark.parametrize("preset", PRESETS)
def test_preset_is_sufficient(
    preset: str, cluster: Cluster, objects: dict[str, list[dict[str, Any]]]
) -> None:
    cluster.grant(objects[preset])
    for resource in resources(objects[preset]):
        for command in commands(cluster, preset, resource, "new"):
            allowed, said = cluster.allowed(command)
            assert allowed, f"kubectl {' '.join(command.words)}: {said}"


NEVER: Final = {
    "apply": [
        "delete configmap before", "delete deployment before", "get configmaps", "get pods", "get secrets",
        "create secret generic x", "create rolebinding x --clusterrole=admin --user=x",
        "create serviceaccount x", "scale deployment/before --replicas=2", "get deployments --all-namespaces",
    ],
    "deploy": [
        "delete deployment before", "create deployment x --image=x", "get configmaps", "get pods",
        "get secrets",
        "scale deployment/before --replicas=2", "rollout undo deployment/before",
        "set image statefulset/before site=site:2", "get deployments --all-namespaces",
    ],
    "view": [
        "delete configmap before", "create configmap x", "get secrets", "exec deployment/before -- true",
        "set image deployment/before site=site:3", "get pods --all-namespaces",
    ],
}  # fmt: skip


@pytest.mark.parametrize("preset", PRESETS)
def test_preset_allows_nothing_else(
    preset: str, cluster: Cluster, objects: dict[str, list[dict[str, Any]]]
) -> None:
    cluster.grant(objects[preset])
    for line in NEVER[preset]:
        allowed, said = cluster.allowed(Command(tuple(line.split())))
        assert not allowed, f"kubectl {line}: {said}"


@pytest.mark.parametrize("preset", PRESETS)
def test_every_verb_of_a_preset_is_needed(
    preset: str, cluster: Cluster, objects: dict[str, list[dict[str, Any]]]
) -> None:
    rules = next(item for item in objects[preset] if item["kind"] == "Role")["rules"]
    spare = []
    for resource, verb in [(r, verb) for rule in rules for r in rule["resources"] for verb in rule["verbs"]]:
        cluster.grant(without(objects[preset], resource, verb))
        tried = commands(cluster, preset, resource, f"without-{verb}")
        if all(cluster.allowed(command.hasty())[0] for command in tried):
            spare.append((resource, verb))
    assert spare == []
