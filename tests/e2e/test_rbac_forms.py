"""Files of every form: the roles that kubectl makes of them are those that are read from them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from kube_oidc.rbac import load

from e2e.harness import recording
from e2e.harness.cluster import Cluster
from e2e.harness.world import World

ROLE: Final = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: %s}\n"
IN_JSON: Final = json.dumps(
    {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "N"}}
)
A, B = (IN_JSON.replace("N", f"form-{name}") for name in "ab")
YAML_A, YAML_B = (ROLE % f"form-{name}" for name in "ab")
FORMS: Final = {
    "plain": YAML_A + "---\n" + YAML_B,
    "null doc": YAML_A + "---\nnull\n---\n" + YAML_B,
    "null doc end": YAML_A + "---\nnull\n...\n---\n" + YAML_B,
    "doc end": YAML_A + "...\n---\n" + YAML_B,
    "empty docs": "---\n---\n" + YAML_A + "---\n---\n" + YAML_B + "---\n",
    "comment doc": YAML_A + "---\n# x\n---\n" + YAML_B,
    "doc with comment sep": YAML_A + "--- # x\n" + YAML_B,
    "sep with text": YAML_A
    + "--- {apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: form-b}}\n",
    "sep space": YAML_A + "---  \n" + YAML_B,
    "doc end only": YAML_A + "...\n" + YAML_B,
    "string doc": YAML_A + "---\nhello\n---\n" + YAML_B,
    "list doc": YAML_A + "---\n- x\n---\n" + YAML_B,
    "json stream": A + "\n" + B,
    "json stream tight": A + B,
    "json then yaml": A + "\n---\n" + YAML_B,
    "yaml then json": YAML_A + "---\n" + B,
    "json sep json": A + "\n---\n" + B + "\n",
    "json array": "[" + A + "," + B + "]",
    "directive": "%YAML 1.1\n---\n" + YAML_A + "---\n" + YAML_B,
    "nested list": json.dumps(
        {
            "apiVersion": "v1",
            "kind": "List",
            "items": [json.loads(A), {"apiVersion": "v1", "kind": "List", "items": [json.loads(B)]}],
        }
    ),
    "list with null": '{"apiVersion":"v1","kind":"List","items":[null,' + A + "]}",
    "list items null": '{"apiVersion":"v1","kind":"List","items":null}',
    "typed list": json.dumps(
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleList",
            "items": [
                {"metadata": {"name": "form-a"}},
                {"metadata": {"name": "form-b"}, "kind": "ClusterRole"},
            ],
        }
    ),
    "typed list other": json.dumps(
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleList",
            "items": [
                json.loads(A),
                {
                    "apiVersion": "rbac.authorization.k8s.io/v1",
                    "kind": "Role",
                    "metadata": {"name": "form-b"},
                },
            ],
        }
    ),
    "typed list item without a kind": json.dumps(
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleList",
            "items": [
                {"metadata": {"name": "form-a"}, "apiVersion": "rbac.authorization.k8s.io/v1"},
                json.loads(B),
            ],
        }
    ),
    "typed list of an old version": json.dumps(
        {
            "apiVersion": "rbac.authorization.k8s.io/v1beta1",
            "kind": "ClusterRoleList",
            "items": [json.loads(A), {"metadata": {"name": "form-b"}}],
        }
    ),
    "typed list of an old version with whole items": json.dumps(
        {
            "apiVersion": "rbac.authorization.k8s.io/v1beta1",
            "kind": "ClusterRoleList",
            "items": [json.loads(A), json.loads(B)],
        }
    ),
    "list items text": '{"apiVersion":"v1","kind":"List","items":"x"}\n' + B,
    "list without items": '{"apiVersion":"v1","kind":"List"}\n' + B,
    "number kind": A.replace('"ClusterRole"', "5") + "\n" + B,
    "list kind": A.replace('"ClusterRole"', "[]") + "\n" + B,
    "other kind of the group": A.replace('"ClusterRole"', '"Widget"') + "\n" + B,
    "other group": A.replace("rbac.authorization.k8s.io/v1", "example.org/v1") + "\n" + B,
    "list other version": json.dumps(
        {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "List", "items": [json.loads(A)]}
    ),
    "list of no kind": json.dumps({"apiVersion": "v1", "kind": "FooList", "items": [json.loads(A)]}),
    "role with items": json.dumps(
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRole",
            "metadata": {"name": "form-a"},
            "items": [json.loads(B)],
        }
    ),
    "indented sep": YAML_A + " ---\n" + YAML_B,
    "crlf": (YAML_A + "---\n" + YAML_B).replace("\n", "\r\n"),
    "bom": "\ufeff" + YAML_A + "---\n" + YAML_B,
    "bom second": YAML_A + "---\n\ufeff" + YAML_B,
    "tab": YAML_A + "---\t\n" + YAML_B,
    "broken second": YAML_A + "---\nkind: {{ x }}\n---\n" + YAML_B,
    "broken syntax": YAML_A + "---\nkind: [\n---\n" + YAML_B,
    "dup key": YAML_A + "kind: ClusterRole\n---\n" + YAML_B,
    "dup key other": YAML_A.replace("kind: ClusterRole", "kind: ClusterRole\nkind: Role") + "---\n" + YAML_B,
    "dup json": A.replace('"kind"', '"kind":"Role","kind"') + "\n" + B,
    "number name": ROLE % "5",
    "octal name": ROLE % "017",
    "yes name": ROLE % "yes",
    "date name": ROLE % "2020-01-01",
    "merge": YAML_A + "---\n" + YAML_B.replace("{name: form-b}", "{<<: {name: form-b}}"),
    "no version": "kind: ClusterRole\nmetadata: {name: form-a}\n---\n" + YAML_B,
    "v1beta1": ROLE.replace("/v1", "/v1beta1") % "form-a" + "---\n" + YAML_B,
    "lower kind": (YAML_A).replace("ClusterRole", "clusterrole") + "---\n" + YAML_B,
    "name space": ROLE % "'a '" + "---\n" + YAML_B,
    "generateName": "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {generateName: a-}\n---\n"
    + YAML_B,
    "ns for cluster": YAML_A.replace("{", "{namespace: default, ") + "---\n" + YAML_B,
    "Capital keys": "apiVersion: rbac.authorization.k8s.io/v1\nKind: ClusterRole\nmetadata: {name: form-a}\n---\n"
    + YAML_B,
    "Capital metadata": "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nMetadata: {name: form-a}\n---\n"
    + YAML_B,
}


def made(owned: Cluster) -> set[str]:
    """The names of all Roles and ClusterRoles."""
    jsonpath = "-o=jsonpath={range .items[*]}{.metadata.name}{'\\n'}{end}"
    return set(owned.kubectl("get", "clusterroles,roles", "--all-namespaces", jsonpath).splitlines())


@pytest.fixture
def owned(world: World) -> Iterator[Cluster]:
    """The cluster; what the test makes goes with it."""
    before = made(world.cluster)
    yield world.cluster
    for name in made(world.cluster) - before:
        world.cluster.kubectl("delete", "clusterrole,role", name, "--namespace=default", "--ignore-not-found")


@pytest.fixture(scope="module")
def answers(world: World, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """The roles that kubectl makes of each form, by its title."""
    file = tmp_path_factory.mktemp("forms") / "rbac.yaml"
    return {title: roles_of(world.cluster, file, text) for title, text in FORMS.items()}


def roles_of(owned: Cluster, file: Path, text: str) -> list[str]:
    """The names of the roles that kubectl makes of this text; they are deleted again."""
    file.write_text(text, encoding="utf-8", newline="")
    before = made(owned)
    kubectl = [owned.site.binaries.path("kubectl"), f"--kubeconfig={owned.api_server.admin}"]
    command = [*kubectl, "apply", "--validate=false", "-f", file]
    subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    names = sorted(made(owned) - before)
    if names:
        owned.kubectl("delete", "clusterrole,role", *names, "--namespace=default", "--ignore-not-found")
    return names


@pytest.mark.parametrize("title", FORMS)
def test_what_is_read_is_what_kubectl_makes(
    answers: dict[str, list[str]], tmp_path: Path, title: str
) -> None:
    file = tmp_path / "rbac.yaml"
    file.write_text(FORMS[title], encoding="utf-8", newline="")
    assert sorted(role.name for role in load([file]).objects.roles) == answers[title]


def test_the_package_has_these_answers(answers: dict[str, list[str]]) -> None:
    recording.keep(
        "rbac-forms.jsonl",
        [{"title": title, "text": text, "roles": answers[title]} for title, text in FORMS.items()],
    )


def test_kubectl_refuses_an_unknown_field_and_drops_it_without_validation(
    owned: Cluster, tmp_path: Path
) -> None:
    file = tmp_path / "rbac.yaml"
    rule = "{apiGroups: [''], resources: [secrets], resourceName: [one], verbs: [get]}"
    file.write_text(YAML_A + f"rules: [{rule}]\n", encoding="utf-8")
    loaded = load([file])
    [problem], [role] = loaded.problems, loaded.objects.roles
    assert "rules[0].resourceName: there is no such field" in problem.message
    command = [
        owned.site.binaries.path("kubectl"),
        f"--kubeconfig={owned.api_server.admin}",
        "apply",
        "-f",
        file,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert 'unknown field "rules[0].resourceName"' in done.stderr
    subprocess.run([*command, "--validate=false"], capture_output=True, timeout=120, check=True)
    there = json.loads(owned.kubectl("get", "clusterrole", role.name, "-o=json"))
    assert there["rules"] == [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}]
    assert role.rules[0].resource_names == ()
