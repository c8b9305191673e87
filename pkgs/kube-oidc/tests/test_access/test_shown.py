"""`kube-oidc access`: its text, with the findings, and what ends it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from kube_oidc.cli import main
from kube_oidc.proof import solver

from .conftest import (
    GROUP,
    HEAD,
    MAIN,
    OWNED,
    PEOPLE,
    SUB,
    binding,
    entry,
    report,
)


@pytest.mark.skipif(not solver.is_available(), reason="cvc5 is not installed: nothing is proved")
def test_the_text_says_who_may_do_what_and_why(run) -> None:
    role = {
        "apiVersion": f"{GROUP}/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "deployer"},
        "rules": [{"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get", "patch"]}],
    }
    status, out, err = run([OWNED], [role, binding("User", MAIN, "deployer")])
    assert (status, err) == (0, "")
    assert (
        out
        == """\
https://git.example.org/api/actions (Forgejo Actions)  jwt[0]
  audience  kubernetes
  accepts   repository_owner is "adam"
            event_name is "push"
  outsiders no one outside repository_owner adam gets in: proved
  users     ci:repo:adam/<name>:ref:<ref>
            ci:repo:adam-<ownerId>/<name>-<repositoryId>:ref:<ref>
  groups    none
  User ci:repo:adam/blog:ref:refs/heads/main
    ClusterRole deployer in blog  [RoleBinding one, rbac.yaml:14]
      get, patch deployments.apps
      see also: grant-workloads

1 issuer, 1 user or group with 1 grant; from no issuer: 0; built into Kubernetes: 51
"""
    )


def test_control_characters_of_names_do_not_reach_the_terminal(run) -> None:
    _, out, _ = run([OWNED], [binding("User", "a\x1b[31m\nb\u202e")])
    assert "User a\\x1b[31m\\nb\\u202e" in out


def test_what_the_api_server_would_refuse_of_rbac_is_said_and_is_status_one(run) -> None:
    status, out, _ = run([OWNED], [binding("Robot", "x")])
    assert status == 1
    assert 'rbac.yaml:1: RoleBinding one: subjects[0].kind: Unsupported value: "Robot"' in out


def test_findings_are_shown_with_their_issuer(run) -> None:
    groups = {**SUB, "groups": {"claim": "groups", "prefix": ""}}
    tree = report(run, [OWNED, entry(PEOPLE, groups)], [])
    assert [[found["code"] for found in issuer["findings"]] for issuer in tree["issuers"]][1] == [
        "system-groups"
    ]
    assert "system-groups" in run([entry(PEOPLE, groups)], [])[1]


def test_findings_on_a_binding_are_shown_with_its_grants(run) -> None:
    objects = [
        binding("User", MAIN, "cluster-admin", ""),
        binding("Group", "system:authenticated", label="two"),
    ]
    tree = report(run, [OWNED], objects)
    (holder,) = tree["issuers"][0]["holders"]
    assert [found["code"] for found in holder["grants"][0]["findings"]] == ["grant-everything"]
    own = [grant for grant in tree["everyone"][0]["grants"] if not grant["builtin"]]
    assert "granted-to-everyone" in [found["code"] for found in own[0]["findings"]]
    assert "[grant-everything]" in run([OWNED], objects)[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["absent.yaml"], "cannot read absent.yaml: No such file or directory"),
        (["bad.yaml"], "the API server rejects"),
        (["bad.yaml", "--kubernetes-version", "x"], "kubernetes"),
    ],
)
def test_what_cannot_be_run_is_said_in_one_line(
    tmp_path: Path, capsys, monkeypatch, words: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bad.yaml").write_text(yaml.safe_dump({**HEAD, "jwt": [{}]}))
    assert main(["access", *words]) == 2
    err = capsys.readouterr().err
    assert said in err.lower() if said == "kubernetes" else said in err
