"""Questions about all tokens: attackers, likely tokens, and what is said if nothing is known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from kube_oidc.cli import main
from kube_oidc.proof import solver
from kube_oidc.proof.question import Proved, Shown
from kube_oidc.providers.files import providers
from kube_oidc.rules.engine import attacker
from kube_oidc.rules.engine.ask import ask
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.issuer import IssuerUnderReview, token_model
from kube_oidc.rules.engine.likely import owners, refs, repositories

from .examples import example
from .made import KEYCLOAK, configuration

GITHUB = "https://token.actions.githubusercontent.com"
needs_solver = pytest.mark.skipif(not solver.is_available(), reason="cvc5 is not installed")


def issuer(url: str, *rules: str, groups: str = "") -> IssuerUnderReview:
    mappings: dict[str, Any] = {"username": {"claim": "sub", "prefix": "x:"}}
    mappings |= {"groups": {"expression": groups}} if groups else {}
    entry = {
        "issuer": {"url": url, "audiences": ["cluster"]},
        "claimMappings": mappings,
        "claimValidationRules": [{"expression": rule} for rule in rules],
    }
    [found] = ConfigUnderReview(configuration([entry])).entries
    return found


@needs_solver
@pytest.mark.parametrize(
    ("rules", "proved"),
    [
        (['claims.repository_owner == "my-org"'], True),
        (['claims.repository_owner_id == "65"'], True),
        (['claims.repository_id in ["74", "75"]'], True),
        (['claims.repository.startsWith("my-org/")'], True),
        (['claims.actor == "octocat"'], False),
        (['claims.actor_id == "12"'], False),
        (['claims.repository.contains("my-org/")'], False),
        (['claims.repository.matches("my-org/site")'], False),
        (['"my-org/site".contains(claims.repository_owner)'], False),
        (['claims.repository_owner.matches("^my.org$")'], False),
        (['claims.repository_owner == "my-org" || claims.ref == "refs/heads/main"'], False),
        (['claims.?enterprise.orValue("acme") == "acme"'], False),
        (['claims.repository_owner.lowerAscii().startsWith("my-org")'], False),
    ],
)
def test_another_owner_gets_in_or_none_can(rules: list[str], proved: bool) -> None:
    entry = issuer(GITHUB, *rules)
    who = attacker.another_owner(entry)
    assert who is not None
    answer = ask(entry, who)
    assert isinstance(answer, Proved if proved else Shown), answer
    if isinstance(answer, Shown):
        assert entry.user(answer.claims) == answer.user
        assert list(token_model(entry).differences(answer.claims)) == []


@pytest.mark.slow
@needs_solver
@pytest.mark.parametrize(
    "rule",
    [
        'claims.sub.matches("^repo:my-org/[^:]+:ref:refs/heads/main$")',
        'claims.workflow_ref.startsWith("my-org/ci/.github/")',
        'claims.repository.split("/")[0] == "my-org"',
    ],
)
def test_what_is_too_hard_is_never_shown(rule: str) -> None:
    entry = issuer(GITHUB, rule, 'claims.event_name == "push"')
    who = attacker.another_owner(entry)
    assert who is not None
    assert not isinstance(ask(entry, who), Shown)


@needs_solver
def test_a_shown_token_of_a_person_is_accepted() -> None:
    entry = issuer(KEYCLOAK, 'claims.nickname == "admin"')
    answer = ask(entry, attacker.any_account(entry))
    assert isinstance(answer, Shown)
    assert answer.claims["nickname"] == "admin"


@pytest.mark.parametrize("name", sorted(name for name, facts in providers().items() if facts["kind"] == "ci"))
def test_attackers_have_conditions_that_compile(name: str) -> None:
    from kube_oidc.verdict.cel.compile import Compiled, compile_expression
    from kube_oidc.verdict.cel.scope import Scope

    entry = issuer(providers()[name]["example"]["iss"])
    found = [attacker.another_owner(entry), attacker.another_repository(entry), *attacker.other_refs(entry)]
    for who in filter(None, found):
        for condition in who.conditions:
            assert isinstance(compile_expression(condition, Scope.CLAIMS, entry.version), Compiled), condition


def test_likely_tokens_are_ones_that_the_issuer_signs() -> None:
    entry = issuer(GITHUB, 'claims.repository_owner == "my-org"')
    model = token_model(entry)
    tokens = [*owners(entry, ["my-org"]), *repositories(entry), *refs(entry, "ref", ["main"])]
    assert len(tokens) > 10
    assert [list(model.differences(model.repaired(claims))) for claims in tokens] == [[]] * len(tokens)


def test_constant_groups_are_whole() -> None:
    text = (
        '["a"] + (claims.sub == "b" ? ["c"] : []) + [claims.sub + "d"] + (claims.sub == "e" ? ["f"] : ["g"])'
    )
    assert attacker.constant_groups(issuer(GITHUB, groups=text)) == ("a", "c", "f", "g")


def test_without_a_solver_one_line_says_so(monkeypatch, capsys) -> None:
    monkeypatch.setattr(solver, "_module", lambda: None)
    monkeypatch.setattr(solver, "_program", lambda: None)
    path = str(example("other-group-accepted", "bad"))
    assert main(["check", path, "--strict", "--format", "json"]) == 0
    [file] = json.loads(capsys.readouterr().out)["files"]
    [told] = file["diagnostics"]
    assert (told["code"], told["severity"]) == ("not-decided", "info")
    assert "pip install 'kube-oidc[proof]'" in told["remedy"]


def test_what_a_likely_token_shows_needs_no_solver(monkeypatch) -> None:
    monkeypatch.setattr(solver, "_module", lambda: None)
    monkeypatch.setattr(solver, "_program", lambda: None)
    entry = issuer(GITHUB, 'claims.repository.indexOf("my-org/") >= 0')
    who = attacker.another_owner(entry)
    assert who is not None
    assert isinstance(ask(entry, who), Shown)


CASES = Path(__file__).parents[5] / "shared/cases"
INFORMATION = {"gh-own-15-username-job-wf"}  # severity L: the called workflow's file is the user on purpose
EXPECTED = json.loads((Path(__file__).parent / "shared_cases.json").read_text())


@pytest.mark.slow
@needs_solver
@pytest.mark.skipif(not CASES.is_dir(), reason="../shared/cases is not there")
@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_shared_case_is_found_by_the_finding_that_names_its_hole(name: str, capsys) -> None:
    main(["check", str(CASES / f"findings/{name}.yaml"), "--format", "json"])
    [file] = json.loads(capsys.readouterr().out)["files"]
    severity = "info" if name in INFORMATION else "warning"
    assert (EXPECTED[name], severity) in {(each["code"], each["severity"]) for each in file["diagnostics"]}


@needs_solver
@pytest.mark.skipif(not CASES.is_dir(), reason="../shared/cases is not there")
@pytest.mark.parametrize("name", ["exists-equal", "name-without-separator", "startswith-org"])
def test_a_subject_that_a_token_has_is_not_of_nobody(name: str, capsys) -> None:
    paths = [str(CASES / f"nobody/{name}{suffix}.yaml") for suffix in ("", ".rbac")]
    main(["check", paths[0], "--rbac", paths[1], "--format", "json"])
    *_, file = json.loads(capsys.readouterr().out)["files"]
    assert [each["code"] for each in file["diagnostics"]] == ["grant-everything"]


@pytest.mark.slow
@needs_solver
@pytest.mark.skipif(not CASES.is_dir(), reason="../shared/cases is not there")
def test_careful_configurations_have_no_warning(capsys) -> None:
    main(["check", *map(str, sorted((CASES / "tight").glob("*.yaml"))), "--format", "json"])
    files = json.loads(capsys.readouterr().out)["files"]
    warned = {
        file["path"]: [each["code"] for each in file["diagnostics"] if each["severity"] != "info"]
        for file in files
    }
    assert {path: codes for path, codes in warned.items() if codes} == {}
