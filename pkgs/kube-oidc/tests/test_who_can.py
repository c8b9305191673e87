"""`kube-oidc who-can`: everyone that a request is allowed to, with issuer and binding; and --can's unquoted words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from kube_oidc.cli import main

CONFIG = """\
apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
jwt:
- issuer: {url: https://sso.example.org/realms/a, audiences: [a]}
  claimMappings:
    username: {claim: sub, prefix: "sso:"}
    groups: {claim: groups, prefix: "sso:"}
"""
RBAC = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: deploy, namespace: shop}
rules: [{apiGroups: [apps], resources: [deployments], verbs: [patch], resourceNames: [blog]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: deploy, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: deploy}
subjects:
- {apiGroup: rbac.authorization.k8s.io, kind: User, name: "sso:ada"}
- {apiGroup: rbac.authorization.k8s.io, kind: Group, name: other}
- {kind: ServiceAccount, name: ci, namespace: shop}
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    config, rbac = tmp_path / "auth.yaml", tmp_path / "rbac.yaml"
    config.write_text(CONFIG)
    rbac.write_text(RBAC)
    return str(config), str(rbac)


def subjects(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, dict[str, object]]:
    assert main(["who-can", *words, "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)["subjects"]
    return {
        f"{each['kind']} {each['name']}": each
        for each in found
        if not each["name"].startswith(("system:", "kube-"))
    }


def test_everyone_is_listed_with_issuer_and_binding(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    config, rbac = files
    found = subjects(capsys, "patch", "deployment/blog", "-n", "shop", "--rbac", rbac, "--config", config)
    assert set(found) == {"User sso:ada", "Group other", "ServiceAccount shop/ci"}
    assert found["User sso:ada"]["issuers"] == ["https://sso.example.org/realms/a"]
    assert found["Group other"]["issuers"] == []
    assert found["User sso:ada"]["binding"] == {"kind": "RoleBinding", "name": "deploy", "namespace": "shop"}
    assert str(found["User sso:ada"]["place"]).endswith("rbac.yaml:6")


@pytest.mark.parametrize(
    "words",
    [("patch", "deployment/shop", "-n", "shop"), ("patch", "deploy"), ("get", "deploy/blog", "-n", "shop")],
)
def test_others_are_not_listed(
    words: tuple[str, ...], files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert subjects(capsys, *words, "--rbac", files[1]) == {}


def test_the_text_is_a_table(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    config, rbac = files
    assert main(["who-can", "patch", "deploy/blog", "-n", "shop", "--rbac", rbac, "--config", config]) == 0
    text = capsys.readouterr().out
    assert text.startswith('who can patch deployments.apps "blog" in namespace shop?\n')
    assert "User sso:ada  " in text
    assert "Group system:masters" in text
    assert main(["who-can", "patch", "deploy/blog", "--rbac", rbac]) == 0
    assert "ISSUER" not in capsys.readouterr().out


def test_doubts_and_missing_options_are_named(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["who-can", "logs", "pods", "--rbac", files[1]]) == 0
    assert "did you mean get pods/log?" in capsys.readouterr().err
    assert main(["who-can", "get", "pods"]) == 2
    assert "add --rbac FILE or --live" in capsys.readouterr().err


@pytest.mark.parametrize("quoted", [True, False])
@pytest.mark.parametrize("file_last", [True, False])
def test_explain_takes_unquoted_words(
    quoted: bool, file_last: bool, files: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config, rbac = files
    claims = tmp_path / "claims.json"
    claims.write_text(
        '{"iss": "https://sso.example.org/realms/a", "aud": "a", "sub": "ada", "exp": 4102444800}'
    )
    question = ["patch deployment/blog"] if quoted else ["patch", "deployment/blog"]
    options = ["--claims", str(claims), "--rbac", rbac, "-n", "shop", "--can", *question]
    assert (
        main(["explain", *([] if file_last else [config]), *options, *([config] if file_last else [])]) == 0
    )
    assert 'can the user patch deployments.apps "blog" in namespace shop? yes' in capsys.readouterr().out
