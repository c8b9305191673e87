"""Every finding: its folder and page, its bad and good example, its proof and its remedy."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import pytest
from kube_oidc.authn.authenticate import Authenticated, Authenticator, Refused
from kube_oidc.model import AuthenticationConfiguration
from kube_oidc.proof.solver import is_available
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.finding import Finding
from kube_oidc.rules.engine.registry import config_rules, folder_of, known_ids
from kube_oidc.rules.engine.run_grant_rules import grant_rules
from kube_oidc.rules.pages import document
from kube_oidc.verdict.validate_file import check
from kube_oidc.verdict.validation import Context
from kube_oidc.verdict.versions import DEFAULT

from .examples import CONFIG_IDS, GRANT_IDS, RULES, example, findings_of

ROOT = Path(__file__).parents[4]
NOW = 1767225600.0  # 2026-01-01
PROVED = sorted(rule.RULE.id for rule in config_rules() if rule.RULE.has_proof)


# Found by the solver only: no token to try first shows them.
SOLVED = {"other-group-accepted", "self-chosen-claim"}


@pytest.fixture(autouse=True)
def solver_if_needed(request: pytest.FixtureRequest) -> None:
    name = getattr(request.node, "callspec", None) and request.node.callspec.params.get("name")
    if name in SOLVED and not is_available():
        pytest.skip("cvc5 is not installed")


def read(name: str, kind: str) -> AuthenticationConfiguration:
    checked = check(example(name, kind).read_bytes(), Context(DEFAULT))
    assert checked.accepted, checked.diagnostics
    assert checked.configuration is not None
    return checked.configuration


def found(configuration: AuthenticationConfiguration, name: str) -> list[Finding]:
    return findings_of(name, ConfigUnderReview(configuration, now=NOW))


def test_every_folder_has_a_rule_a_page_and_examples() -> None:
    folders = {path.name for path in RULES.iterdir() if path.is_dir()} - {"engine", "__pycache__"}
    assert {folder_of(id_) for id_ in known_ids()} == folders
    assert not CONFIG_IDS & GRANT_IDS
    for folder in folders:
        parts = {path.name for path in (RULES / folder).iterdir()}
        assert {"__init__.py", "page.md", "bad.yaml", "good.yaml"} <= parts, folder


def test_rules_do_not_read_files_or_start_processes() -> None:
    for path in sorted(RULES.glob("*/*.py")):
        nodes = list(ast.walk(ast.parse(path.read_text())))
        names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
        names |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
        assert not names & {"io", "os", "pathlib", "shutil", "socket", "subprocess", "urllib.request"}, path
        assert not any(isinstance(node, ast.Name) and node.id == "open" for node in nodes), path


@pytest.mark.parametrize("rule", [*config_rules(), *grant_rules()], ids=lambda rule: rule.RULE.id)
def test_a_rules_id_is_its_folder_and_its_page_has_both_examples(rule) -> None:
    assert rule.__name__.split(".")[-2] == folder_of(rule.RULE.id)
    assert rule.RULE.source.startswith("https://")
    page = (RULES / folder_of(rule.RULE.id) / "page.md").read_text()
    assert "Bad: " in page
    assert "Good: " in page
    assert "\nWith the NixOS module:\n\n```nix\n" in page


def test_docs_findings_is_up_to_date() -> None:
    page = ROOT / "docs" / "findings.md"
    if not page.parent.is_dir():
        pytest.skip("docs/ is not in this source tree")
    assert page.read_text() == document(), "run: python -m kube_oidc.rules.pages > docs/findings.md"


@pytest.mark.parametrize("name", sorted(CONFIG_IDS))
def test_the_bad_example_is_reported(name: str) -> None:
    findings = found(read(name, "bad"), name)
    assert len(findings) == 1
    assert str(findings[0].remedy)
    assert (findings[0].proof is not None) == (name in PROVED)


@pytest.mark.parametrize("name", sorted(CONFIG_IDS))
def test_the_good_example_is_not_reported(name: str) -> None:
    assert found(read(name, "good"), name) == []


@pytest.mark.parametrize("name", PROVED)
def test_the_bad_example_accepts_the_proof(name: str) -> None:
    configuration = read(name, "bad")
    [finding] = found(configuration, name)
    assert isinstance(authenticate(configuration, finding), Authenticated)


@pytest.mark.parametrize("name", PROVED)
def test_the_good_example_refuses_the_proof_or_maps_it_to_another_user(name: str) -> None:
    [finding] = found(read(name, "bad"), name)
    was, now = (authenticate(read(name, kind), finding) for kind in ("bad", "good"))
    assert isinstance(was, Authenticated)
    assert isinstance(now, Refused) or now.user != was.user


@pytest.mark.parametrize("name", PROVED)
def test_the_remedy_ends_the_finding(name: str) -> None:
    configuration = read(name, "bad")
    [finding] = found(configuration, name)
    position = finding.path.steps[1]
    assert isinstance(position, int)
    entry = configuration.jwt[position]
    fixed = finding.remedy.applied(entry)
    if fixed == entry:
        return  # the remedy is only a note
    entries = (*configuration.jwt[:position], fixed, *configuration.jwt[position + 1 :])
    after = replace(configuration, jwt=entries)
    assert found(after, name) == []
    outcome, was = authenticate(after, finding), authenticate(configuration, finding)
    assert isinstance(was, Authenticated)
    assert isinstance(outcome, Refused) or outcome.user != was.user


def authenticate(configuration: AuthenticationConfiguration, finding: Finding):
    import json

    return Authenticator(configuration).authenticate(json.dumps(finding.proof))
