"""`kube-oidc access` with the issuers and bindings of one test."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from kube_oidc.cli import main

EXAMPLES = Path(__file__).parents[4] / "examples"


HEAD = {"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthenticationConfiguration"}


FORGEJO = "https://git.example.org/api/actions"


PEOPLE = "https://sso.example.org/realms/main"


GROUP = "rbac.authorization.k8s.io"


SUB = {"username": {"claim": "sub", "prefix": "ci:"}}


MAIN = "ci:repo:adam/blog:ref:refs/heads/main"


needs_examples = pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the examples are not in the package")


def entry(url: str, mappings: dict[str, Any], *rules: str, user: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "issuer": {"url": url, "audiences": ["kubernetes"]},
        "claimMappings": mappings,
        "claimValidationRules": [{"expression": rule, "message": "no"} for rule in rules],
        "userValidationRules": [{"expression": rule, "message": "a rule on the user"} for rule in user],
    }


def binding(
    kind: str, name: str, role: str = "edit", namespace: str = "blog", label: str = "one"
) -> dict[str, Any]:
    metadata = {"name": label, "namespace": namespace} if namespace else {"name": label}
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
        "metadata": metadata,
        "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", "name": role},
        "subjects": [{"kind": kind, "name": name, "apiGroup": GROUP}],
    }


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Runs the command on these entries and objects: exit status, standard output, standard error."""

    def called(entries: list[Any], objects: list[Any], *more: str) -> tuple[int, str, str]:
        (tmp_path / "auth.yaml").write_text(yaml.safe_dump({**HEAD, "jwt": entries}))
        (tmp_path / "rbac.yaml").write_text(yaml.safe_dump_all(objects))
        status = main(["access", str(tmp_path / "auth.yaml"), "--rbac", str(tmp_path / "rbac.yaml"), *more])
        captured = capsys.readouterr()
        return status, captured.out.replace(f"{tmp_path}/", ""), captured.err

    return called


OWNED = entry(FORGEJO, SUB, "claims.repository_owner == 'adam'", "claims.event_name in ['push']")


def report(run, entries: list[Any], objects: list[Any]) -> dict[str, Any]:
    status, out, err = run(entries, objects, "--format", "json")
    assert (status, err) == (0, "")
    tree: dict[str, Any] = json.loads(out)
    assert tree["version"] == 1
    return tree


def names(holders: list[dict[str, Any]]) -> list[str]:
    return [holder["name"] for holder in holders]
