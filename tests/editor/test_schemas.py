"""The schemas in an editor: yaml-language-server finds them by the modeline, explains fields and reports mistakes."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import jsonschema
import pytest
import yaml
from kube_oidc.commands.schema import SCHEMAS, text_of

from editor.language_server import Session, session

ROOT: Final = Path(__file__).resolve().parents[2]
MODELINE: Final = "# yaml-language-server: $schema={}.json\n"
AUTH: Final = (ROOT / "examples/forgejo/auth.yaml").read_text()
GRANTS: Final = """\
apiVersion: v1
kind: List
items:
- apiVersion: rbac.authorization.k8s.io/v1
  kind: Role
  metadata: {name: deploy, namespace: blog}
  rules:
  - {apiGroups: [apps], resources: [deployments], verbs: [get, patch]}
"""
EXPECTATIONS: Final = """\
config: auth.yaml
tests:
- name: main deploys
  run: {repository: adam/blog}
  can: [patch deployments -n blog]
invariants:
- only: {tokens: "claims.repository == 'adam/blog'", can: patch deployments -n blog}
"""
VALID: Final = {
    "authentication-configuration": AUTH,
    "acknowledged-findings": "system-groups: an admin reviews every member\n",
    "expectations": EXPECTATIONS,
    "grants": GRANTS,
    "provider": (ROOT / "pkgs/kube-oidc/src/kube_oidc/providers/forgejo.json").read_text(),
}
# schema, text, its replacement, what the diagnostic says, and a word of the line it is at
MISTAKES: Final = [
    ("authentication-configuration", "audiences:", "audience:", "audience", "audience:"),
    ("authentication-configuration", "url: https:", "url: http:", "pattern", "url:"),
    ("authentication-configuration", "kind: Auth", "kind: Oath", "AuthenticationConfiguration", "kind:"),
    ("acknowledged-findings", "an admin reviews every member", "5", "string", "system-groups"),
    ("expectations", "tokens:", "token:", "token", "only:"),
    ("expectations", "run: {repository: adam/blog}", "run: {repo: adam/blog}", "repository", "run:"),
    ("grants", "namespace: blog", "labels: {}", "namespace", "metadata"),
    ("grants", "kind: Role\n", "kind: Rule\n", "Role", "kind: Rule"),
    ("provider", '"kind": "ci"', '"kind": "robots"', "people", "robots"),
]


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Session, Path]]:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kube-oidc"
    program = cache / "yaml-language-server-1.25.0/node_modules/yaml-language-server/bin/yaml-language-server"
    if (node := shutil.which("node")) is None:
        pytest.skip("node is not installed: the schemas are not tried in an editor")
    if not program.exists():
        pytest.skip("yaml-language-server is not installed: tests/binaries/yaml-language-server installs it")
    folder = tmp_path_factory.mktemp("editor")
    for name in SCHEMAS:
        (folder / f"{name}.json").write_text(text_of(name))
    (folder / "authentication-configuration-1.30.json").write_text(
        text_of("authentication-configuration", "1.30")
    )
    with session(node, program, folder) as server:
        yield server, folder


def written(folder: Path, file: str, schema: str, text: str) -> Path:
    target = folder / f"{file}.yaml"
    target.write_text(MODELINE.format(schema) + text)
    return target


def test_every_schema_is_tried() -> None:
    assert set(VALID) == set(SCHEMAS)


@pytest.mark.parametrize("schema", VALID)
def test_a_valid_file_has_no_diagnostics(schema: str, editor: tuple[Session, Path]) -> None:
    server, folder = editor
    assert server.open(written(folder, f"valid-{schema}", schema, VALID[schema])) == []


@pytest.mark.parametrize(("schema", "right", "wrong", "says", "line"), MISTAKES)
def test_a_mistake_is_reported_at_its_line(
    schema: str, right: str, wrong: str, says: str, line: str, editor: tuple[Session, Path]
) -> None:
    server, folder = editor
    text = VALID[schema].replace(right, wrong, 1)
    file = written(folder, f"wrong-{schema}-{abs(hash(wrong))}", schema, text)
    lines = file.read_text().splitlines()
    found = [(said["message"], lines[said["range"]["start"]["line"]]) for said in server.open(file)]
    assert any(says in message and line in place for message, place in found), found


def test_a_field_of_a_later_minor_is_reported(editor: tuple[Session, Path]) -> None:
    server, folder = editor
    text = AUTH.replace("url:", "egressSelectorType: cluster\n      url:", 1)
    assert server.open(written(folder, "new", "authentication-configuration", text)) == []
    said = server.open(written(folder, "old", "authentication-configuration-1.30", text))
    for word in ("egressSelectorType", "apiserver.config.k8s.io/v1beta1"):
        assert any(word in diagnostic["message"] for diagnostic in said), word


def test_hovering_explains_a_field(editor: tuple[Session, Path]) -> None:
    server, folder = editor
    file = written(folder, "hover", "authentication-configuration", AUTH)
    server.open(file)
    assert "only this cluster uses" in server.hover(file, "audiences")
    assert "iss claim selects the entry" in server.hover(file, "jwt")


def test_ids_of_findings_are_offered_and_explained(editor: tuple[Session, Path]) -> None:
    server, folder = editor
    file = written(folder, "ids", "acknowledged-findings", VALID["acknowledged-findings"] + "system-\n")
    server.open(file)
    assert "system-username" in server.completions(file, "\nsystem-")
    assert "Token can be in system:masters" in server.hover(file, "system-groups")


def test_fields_and_values_are_completed(editor: tuple[Session, Path]) -> None:
    server, folder = editor
    text = AUTH.replace("url:", "audienceMatchPolicy: \n      url:", 1)
    file = written(folder, "complete", "authentication-configuration", text)
    server.open(file)
    assert "MatchAny" in server.completions(file, "audienceMatchPolicy: ")


FILES: Final = sorted((ROOT / "tests/e2e/verdicts/right").glob("*.yaml")) + sorted(
    ROOT.glob("examples/*/auth.yaml")
)


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_the_schema_accepts_what_the_api_server_accepts(file: Path) -> None:
    document = next(yaml.safe_load_all(file.read_text()))
    schema = json.loads(text_of("authentication-configuration"))
    assert [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(document)] == []
