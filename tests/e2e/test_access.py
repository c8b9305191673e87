"""What `access` says of a change and of a user, on two real API servers that have the two configurations."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from kube_oidc.cli import main

from e2e.harness.rbac_defaults import KINDS
from e2e.harness.world import EXAMPLE, HOST, MAIN, NAMESPACE, World

URL: Final = f"https://{HOST}/api/actions"
SUBJECT: Final = "forgejo:repo:adam/other:ref:refs/heads/main"
LOOSER: Final = {
    "apiVersion": "apiserver.config.k8s.io/v1",
    "kind": "AuthenticationConfiguration",
    "jwt": [
        {
            "issuer": {"url": URL, "audiences": ["forgejo", "other"], "audienceMatchPolicy": "MatchAny"},
            "claimValidationRules": [
                {
                    "expression": "claims.?event_name.orValue('') in ['push', 'pull_request_target']",
                    "message": "no",
                }
            ],
            "claimMappings": {
                "username": {"claim": "sub", "prefix": "forgejo:"},
                "groups": {"expression": "['owner:' + claims.repository_owner]"},
            },
        }
    ],
}


def binding(name: str) -> dict[str, Any]:
    group = "rbac.authorization.k8s.io"
    return {
        "apiVersion": f"{group}/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "access-compared", "namespace": NAMESPACE},
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": "view"},
        "subjects": [{"kind": "User", "name": name, "apiGroup": group}],
    }


@contextmanager
def bound(world: World, folder: Path) -> Iterator[Path]:
    """A cluster that has the binding, and the binding's file."""
    rbac = folder / "rbac.yaml"
    rbac.write_text(yaml.safe_dump(binding(SUBJECT)))
    world.cluster.kubectl("apply", "-f", str(rbac))
    try:
        yield rbac
    finally:
        world.cluster.kubectl("delete", "-f", str(rbac))


def timely(world: World, claims: dict[str, Any]) -> str:
    now = int(time.time())
    return world.issuer.sign({**claims, "iat": now, "nbf": now, "exp": now + 600})


def whoami(world: World, claims: dict[str, Any]) -> tuple[str, list[str]] | None:
    """The user that this world's API server makes of such a token; None where it takes none."""
    kubeconfig = world.kubeconfig_for(timely(world, claims))
    try:
        text = world.cluster.kubectl("auth", "whoami", "-o", "json", kubeconfig=kubeconfig)
    except subprocess.CalledProcessError as error:
        assert "Unauthorized" in error.stderr or "must be logged in" in error.stderr, error.stderr
        return None
    user = json.loads(text)["status"]["userInfo"]
    return user["username"], user["groups"]


def test_the_api_servers_take_each_token_as_the_comparison_says(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = tmp_path / "new.yaml"
    new.write_text(yaml.safe_dump(LOOSER))
    words = ["access", str(new), "--compare", str(EXAMPLE / "auth.yaml"), "--format", "json"]
    assert main([*words, "--rbac", str(EXAMPLE / "rbac.yaml")]) == 0
    tokens = json.loads(capsys.readouterr().out)["tokens"]
    assert {token["change"] for token in tokens} == {"let-in", "shut-out", "renamed"}
    with world.another("looser", new.read_bytes()) as looser:
        for token in tokens:
            for side, server in (("before", world), ("after", looser)):
                said = whoami(server, token["claims"])
                expected = token[side]
                assert (said is not None) == expected["authenticated"], (token, side)
                if said is not None:
                    groups = [group for group in said[1] if group != "system:authenticated"]
                    assert (said[0], groups) == (expected["username"], expected["groups"])


def test_a_running_cluster_says_the_same_as_its_objects_in_a_file(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with bound(world, tmp_path) as rbac:
        dump = tmp_path / "dump.json"
        dump.write_text(world.cluster.kubectl("get", KINDS, "-A", "-o", "json"))
        words = ["access", str(EXAMPLE / "auth.yaml"), "--format", "json"]
        live = ["--live", "--kubeconfig", str(world.cluster.api_server.admin)]
        said = []
        for more in (live, ["--rbac", str(dump)], ["--rbac", str(rbac)]):
            assert main([*words, *more]) == 0
            said.append(json.loads(capsys.readouterr().out))
        for tree in said:
            assert tree["issuers"][0]["holders"][0]["name"] == SUBJECT
            assert all(grant["builtin"] for holder in tree["everyone"] for grant in holder["grants"])
        names = [
            [
                (grant["binding"]["name"], grant["power"])
                for holder in tree["issuers"][0]["holders"]
                for grant in holder["grants"]
            ]
            for tree in said
        ]
        assert names[0] == names[1] == names[2]
        assert said[0]["kubernetesOwn"] == said[1]["kubernetesOwn"]


def test_a_cluster_that_tells_a_user_nothing_is_said_in_one_line(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    kubeconfig = world.kubeconfig_for(world.issuer.sign(world.issuer.claims(MAIN, "forgejo")))
    assert main(["access", str(EXAMPLE / "auth.yaml"), "--live", "--kubeconfig", str(kubeconfig)]) == 2
    error = capsys.readouterr().err
    assert "--live: cannot read RBAC objects from https://127.0.0.1:" in error and "403" in error


def test_the_token_of_a_holder_may_what_its_grants_say(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with bound(world, tmp_path) as rbac:
        assert main(["access", str(EXAMPLE / "auth.yaml"), "--rbac", str(rbac), "--format", "json"]) == 0
        (issuer,) = json.loads(capsys.readouterr().out)["issuers"]
        (holder,) = issuer["holders"]
        assert (holder["name"], [grant["power"] for grant in holder["grants"]]) == (SUBJECT, ["read"])
        kubeconfig = world.kubeconfig_for(timely(world, holder["token"]))
        listed = world.cluster.kubectl(
            "get", "deployments", "-o", "name", f"--namespace={NAMESPACE}", kubeconfig=kubeconfig
        )
        assert "deployment.apps/blog" in listed
        with pytest.raises(subprocess.CalledProcessError) as refused:
            world.cluster.kubectl("get", "secrets", f"--namespace={NAMESPACE}", kubeconfig=kubeconfig)
        assert "Forbidden" in refused.value.stderr
        assert whoami(world, world.issuer.claims(MAIN, "forgejo")) is not None


def test_everyone_who_can_do_something_in_a_running_cluster_may_there(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    live = [
        "--live",
        "--kubeconfig",
        str(world.cluster.api_server.admin),
        "--config",
        str(EXAMPLE / "auth.yaml"),
    ]
    request = ["list", "deployments", "-n", NAMESPACE]
    with bound(world, tmp_path):
        assert main(["who-can", *request, *live, "--format", "json"]) == 0
        found = json.loads(capsys.readouterr().out)["subjects"]
        named = {each["name"]: each for each in found}
        assert named[SUBJECT]["issuers"] == [URL]
        assert named[SUBJECT]["binding"]["name"] == "access-compared"
        for each in found:
            name = each["name"]
            if each["kind"] == "ServiceAccount":
                name = f"system:serviceaccount:{name.replace('/', ':')}"
            who = ["--as=nobody", f"--as-group={name}"] if each["kind"] == "Group" else [f"--as={name}"]
            assert world.cluster.kubectl("auth", "can-i", *request, *who).strip() == "yes", each
    assert main(["who-can", *request, *live, "--format", "json"]) == 0
    assert SUBJECT not in {each["name"] for each in json.loads(capsys.readouterr().out)["subjects"]}


def test_a_binding_that_only_the_cluster_has_is_drift(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    auth = str(EXAMPLE / "auth.yaml")
    dump = tmp_path / "dump.json"
    dump.write_text(world.cluster.kubectl("get", KINDS, "-A", "-o", "json"))
    words = ["access", auth, "--compare", auth, "--rbac", str(dump), "--compare-live", "--fail-on", "any"]
    words += ["--kubeconfig", str(world.cluster.api_server.admin)]
    assert main(words) == 0
    with bound(world, tmp_path):
        capsys.readouterr()
        assert main(words) == 3
        assert SUBJECT in capsys.readouterr().out
