"""Every finding: its file, page and pair of examples; what it claims is shown, and its remedy ends it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from kube_oidc.authn.authenticate import Authenticated, Authenticator, Refused
from kube_oidc.model import AuthenticationConfiguration
from kube_oidc.rules import IDS, MODULES, Finding, Subject, examine
from kube_oidc.rules import __file__ as registry
from kube_oidc.rules.pages import document, ids
from kube_oidc.verdict.validate_file import check
from kube_oidc.verdict.validation import Context
from kube_oidc.verdict.versions import DEFAULT

HERE = Path(__file__).parent
ROOT = HERE.parents[3]
NOW = 1767225600.0  # 2026-01-01
PARTS = {
    "__init__", "certificate", "choices", "checked", "decisive", "entry", "expressions", "facts", "finding", "forms",
    "identities", "made_names", "makers", "known", "neighbours", "pages", "patterns", "pins", "provider", "reach",
    "spelled", "strangers", "subject", "tokens", "traps", "waivers", "workloads",
}  # fmt: skip
# What these say is about the file itself, or about a token that is refused: there is no token to show.
WITHOUT_PROOF = {
    "anonymous-beyond-health", "author-controlled-claim", "string-compared-as-boolean", "every-token-refused",
    "optional-claim-unguarded", "unknown-claim", "issuer-url-well-known", "default-audience",
    "private-key-in-ca", "ca-expires-soon", "subject-form", "multi-tenant-issuer", "shared-audience",
    "distributed-groups",
}  # fmt: skip


def read(name: str, kind: str) -> AuthenticationConfiguration:
    checked = check((HERE / name / f"{kind}.yaml").read_bytes(), Context(DEFAULT))
    assert checked.accepted, checked.diagnostics
    assert checked.configuration is not None
    return checked.configuration


def found(configuration: AuthenticationConfiguration, name: str) -> list[Finding]:
    return [finding for about, finding in examine(Subject(configuration, now=NOW)) if about.id == name]


def test_registry_files_and_examples_are_the_same_set() -> None:
    files = {path.stem for path in Path(registry).parent.glob("*.py")} - PARTS
    assert {stem.replace("_", "-") for stem in files} == IDS
    assert {path.name for path in HERE.iterdir() if (path / "bad.yaml").exists()} == IDS
    assert {path.name for path in HERE.iterdir() if (path / "good.yaml").exists()} == IDS
    assert len(MODULES) == len(IDS)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.ABOUT.id)
def test_a_page_has_the_risk_a_bad_and_a_good_example_and_a_source(module) -> None:
    assert "Bad: " in module.__doc__
    assert "Good: " in module.__doc__
    assert module.ABOUT.source.startswith("https://")
    assert module.__name__.rpartition(".")[2].replace("_", "-") == module.ABOUT.id


def test_the_ids_that_the_nixos_module_reads_are_generated() -> None:
    written = (Path(registry).parent / "ids.json").read_text()
    assert written == ids(), "run: python -m kube_oidc.rules.pages --ids > …/rules/ids.json"


def test_the_page_of_all_findings_is_generated() -> None:
    page = ROOT / "docs" / "findings.md"
    if not page.parent.is_dir():
        pytest.skip("docs/ is not beside the package")
    assert page.read_text() == document(), "run: python -m kube_oidc.rules.pages > docs/findings.md"


@pytest.mark.parametrize("name", sorted(IDS))
def test_the_bad_example_is_found(name: str) -> None:
    findings = found(read(name, "bad"), name)
    assert len(findings) == 1
    assert str(findings[0].remedy)


@pytest.mark.parametrize("name", sorted(IDS))
def test_the_good_example_is_not_found(name: str) -> None:
    assert found(read(name, "good"), name) == []


@pytest.mark.parametrize("name", sorted(IDS - WITHOUT_PROOF))
def test_the_token_that_shows_it_is_accepted(name: str) -> None:
    configuration = read(name, "bad")
    [finding] = found(configuration, name)
    assert isinstance(authenticate(configuration, finding), Authenticated)


@pytest.mark.parametrize("name", sorted(IDS - WITHOUT_PROOF))
def test_the_good_example_refuses_the_token_or_makes_another_user_of_it(name: str) -> None:
    [finding] = found(read(name, "bad"), name)
    was, now = (authenticate(read(name, kind), finding) for kind in ("bad", "good"))
    assert isinstance(was, Authenticated)
    assert isinstance(now, Refused) or now.user != was.user


@pytest.mark.parametrize("name", sorted(IDS - WITHOUT_PROOF))
def test_the_remedy_in_the_file_ends_the_finding(name: str) -> None:
    configuration = read(name, "bad")
    [finding] = found(configuration, name)
    position = finding.path.steps[1]
    assert isinstance(position, int)
    entry = configuration.jwt[position]
    mended = finding.remedy.applied(entry)
    if mended == entry:
        assert name in {"username-collision", "group-collision", "ambiguous-username", "unanchored-match"}, (
            "a remedy in words alone"
        )
        return
    entries = (*configuration.jwt[:position], mended, *configuration.jwt[position + 1 :])
    after = replace(configuration, jwt=entries)
    assert found(after, name) == []
    outcome, was = authenticate(after, finding), authenticate(configuration, finding)
    assert isinstance(was, Authenticated)
    assert isinstance(outcome, Refused) or outcome.user != was.user


def authenticate(configuration: AuthenticationConfiguration, finding: Finding):
    import json

    return Authenticator(configuration).authenticate(json.dumps(finding.proof))
