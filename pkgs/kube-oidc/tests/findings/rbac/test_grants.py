"""Findings on grants: examples, the token that proves each, and their place in the output."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from kube_oidc.authn.authenticate import Authenticated, Authenticator
from kube_oidc.cli import main
from kube_oidc.rbac import Policy, builtin, load, with_authenticated_group
from kube_oidc.rules.engine.closest_subject import is_one_off
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.finding import Confidence
from kube_oidc.rules.engine.grant_finding import GrantFinding
from kube_oidc.rules.engine.grants import Grants
from kube_oidc.rules.engine.run_grant_rules import grant_rules, run_grant_rules
from kube_oidc.verdict.validate_file import check
from kube_oidc.verdict.validation import Context
from kube_oidc.verdict.versions import DEFAULT

from ..examples import GRANT_IDS, GRANTS_AUTH, example

ROOT = Path(__file__).parents[5]
AUTH = GRANTS_AUTH
CONTEXT = Context(DEFAULT)
PROVED = sorted(rule.RULE.id for rule in grant_rules() if rule.RULE.has_proof)
EXAMPLES = sorted((ROOT / "examples").glob("*/rbac.yaml"))


def grants(rbac: Path, auth: Path = AUTH, *, pedantic: bool = False) -> Grants:
    configuration = check(auth.read_bytes(), CONTEXT).configuration
    assert configuration is not None
    loaded = load([rbac])
    assert loaded.problems == ()
    return Grants(ConfigUnderReview(configuration).entries, loaded.objects, pedantic)


def found(rbac: Path, name: str = "", auth: Path = AUTH, *, pedantic: bool = False) -> list[GrantFinding]:
    every = run_grant_rules(grants(rbac, auth, pedantic=pedantic))
    return [finding for about, finding in every if name in ("", about.id)]


def written(folder: Path, text: str) -> Path:
    path = folder / "rbac.yaml"
    path.write_text(text)
    return path


@pytest.mark.parametrize("name", sorted(GRANT_IDS))
def test_the_bad_example_is_reported_and_the_good_one_is_not(name: str) -> None:
    [finding] = found(example(name, "bad"), name)
    assert finding.remedy
    assert found(example(name, "good"), name) == []


@pytest.mark.parametrize("name", PROVED)
def test_the_token_is_allowed_the_request_with_the_bad_roles_only(name: str) -> None:
    [finding] = found(example(name, "bad"), name)
    assert finding.held is not None and finding.request is not None
    configuration = check(AUTH.read_bytes(), CONTEXT).configuration
    assert configuration is not None
    outcome = Authenticator(configuration).authenticate(json.dumps(finding.held.claims))
    assert isinstance(outcome, Authenticated)
    user = with_authenticated_group(outcome.user)
    bad, good = (Policy(builtin() + load([example(name, kind)]).objects) for kind in ("bad", "good"))
    assert bad.allows(user, finding.request).allowed
    assert not good.allows(user, finding.request).allowed


@pytest.mark.parametrize("rbac", EXAMPLES, ids=[path.parent.name for path in EXAMPLES])
def test_the_examples_grants_only_report_workloads_with_low_confidence(rbac: Path) -> None:
    """docs/decisions/deploying-implies-service-accounts.md: low confidence, which fails nothing."""
    every = list(run_grant_rules(grants(rbac, rbac.parent / "auth.yaml")))
    assert [about.id for about, _ in every] == ["grant-workloads"]
    assert all(finding.confidence is Confidence.LOW for _, finding in every)


def test_full_access_of_people_has_low_confidence(tmp_path: Path) -> None:
    text = (example("grant-everything", "bad")).read_text()
    name = 'kind: Group, name: "sso:admins"'
    path = written(
        tmp_path, text.replace('kind: User, name: "forgejo:repo:adam/site:ref:refs/heads/main"', name)
    )
    [finding] = found(path, "grant-everything")
    assert finding.confidence is Confidence.LOW


def test_grants_of_subjects_outside_the_file_are_only_reported_with_pedantic(tmp_path: Path) -> None:
    text = (example("grant-everything", "bad")).read_text()
    path = written(tmp_path, text.replace("forgejo:repo:adam/site:ref:refs/heads/main", "kubernetes-admin"))
    assert found(path) == []
    assert [finding.confidence for finding in found(path, pedantic=True)] == [Confidence.LOW]


def test_the_api_servers_default_bindings_are_not_reported() -> None:
    configuration = check(AUTH.read_bytes(), CONTEXT).configuration
    assert configuration is not None
    assert list(run_grant_rules(Grants(ConfigUnderReview(configuration).entries, builtin()))) == []


def test_a_binding_with_several_subjects_is_reported_once(tmp_path: Path) -> None:
    text = (example("grant-secrets", "bad")).read_text()
    line = next(line for line in text.splitlines() if "kind: User" in line)
    path = written(
        tmp_path,
        text.replace(line, "\n".join([line, line.replace("main", "prod"), line.replace("main", "next")])),
    )
    [finding] = found(path, "grant-secrets")
    assert "(and 2 more subjects)" in finding.message


MISSPELT = {
    "forgejo:repo:adam/site:ref:ref/heads/main": "forgejo:repo:adam/site:ref:refs/heads/main",
    "forgejo:rep:adam/site:ref:refs/heads/main": "forgejo:repo:adam/site:ref:refs/heads/main",
    "forgejo;repo:adam/site:ref:refs/heads/main": "forgejo:repo:adam/site:ref:refs/heads/main",
    "forgeoj:repo:adam/site:ref:refs/heads/main": "forgejo:repo:adam/site:ref:refs/heads/main",
    "Forgejo:repo:adam/site:ref:refs/heads/main": "forgejo:repo:adam/site:ref:refs/heads/main",
    "forgejo:repo:Adam/site:ref:refs/heads/main": "forgejo:repo:adam/site:ref:refs/heads/main",
    "forgejo:repo:adams/site:ref:refs/heads/main": "forgejo:repo:adam/site:ref:refs/heads/main",
    "forgejo:repo:adam/site:ref:refs/heads/main ": "forgejo:repo:adam/site:ref:refs/heads/main",
    "forgejo:repo:adam/site:pull-request": "forgejo:repo:adam/site:pull_request",
    "ssso:ada": "sso:ada",
}


@pytest.mark.parametrize("name", MISSPELT)
def test_a_typo_is_reported_with_the_probable_name(tmp_path: Path, name: str) -> None:
    text = (example("subject-misspelt", "good")).read_text()
    path = written(tmp_path, text.replace("forgejo:repo:adam/site:ref:refs/heads/main", name))
    [finding] = found(path)
    assert finding.remedy == f'write name: "{MISSPELT[name]}"'


@pytest.mark.parametrize("name", ["forgejo:repo:adam/site:ref:refs/heads/man", "sso:adda", "sso:ad"])
def test_a_name_that_an_issuer_produces_is_no_typo(tmp_path: Path, name: str) -> None:
    text = (example("subject-misspelt", "good")).read_text()
    path = written(tmp_path, text.replace("forgejo:repo:adam/site:ref:refs/heads/main", name))
    assert found(path) == []


@pytest.mark.parametrize(
    ("text", "word", "near"),
    [("abc", "abc", False), ("abd", "abc", True), ("acb", "abc", True), ("ab", "abc", True), ("abcd", "abc", True),
     ("xabc", "abc", True), ("a", "abc", False), ("xyz", "abc", False), ("bca", "abc", False), ("", "a", True)],
)  # fmt: skip
def test_names_one_character_apart_are_similar(text: str, word: str, near: bool) -> None:
    assert is_one_off(text, word) is near


def test_check_reports_findings_in_the_grants_file(tmp_path: Path, capsys) -> None:
    bad = example("grant-secrets", "bad")
    options = tmp_path / "options.json"
    options.write_text(json.dumps({"RoleBinding site/deploy": "services.kube-oidc.grants.site"}))
    command = ["check", str(AUTH), "--rbac", str(bad), "--option-map", str(options), "--format", "json"]
    assert main(command) == 0
    report = next(file for file in json.loads(capsys.readouterr().out)["files"] if file["path"] == str(bad))
    [told] = report["diagnostics"]
    assert (told["code"], told["severity"]) == ("grant-secrets", "warning")
    assert told["field"] == "RoleBinding site/deploy"
    assert told["option"] == "services.kube-oidc.grants.site"
    assert told["line"] == bad.read_text().split("kind: User")[0].count("\n") + 1
    assert main([*command, "--strict"]) == 1
    capsys.readouterr()


def test_a_finding_on_a_grant_is_suppressed_by_a_comment_or_by_ignore(tmp_path: Path, capsys) -> None:
    text = (example("grant-secrets", "bad")).read_text()
    line = next(line for line in text.splitlines() if "kind: User" in line)
    path = written(tmp_path, text.replace(line, f"{line} # kube-oidc: ignore grant-secrets it renews them"))
    plain = ["check", str(AUTH), "--strict", "--ignore", "pull-request-target-unpinned"]
    for rbac, more in ((path, []), (example("grant-secrets", "bad"), ["--ignore", "grant-secrets"])):
        main([*plain, "--rbac", str(rbac), *more])
        assert "[grant-secrets]" not in capsys.readouterr().out


def test_an_invalid_object_is_reported(tmp_path: Path, capsys) -> None:
    path = written(tmp_path, "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: [x]}\n")
    assert main(["check", str(AUTH), "--rbac", str(path), "--strict"]) == 1
    assert "[rbac-not-read]" in capsys.readouterr().out


def test_a_missing_file_or_empty_folder_is_a_usage_error(tmp_path: Path, capsys) -> None:
    absent, empty = str(tmp_path / "nothing.yaml"), tmp_path / "empty"
    empty.mkdir()
    compare = ["access", str(AUTH), "--compare", str(AUTH), "--compare-rbac"]
    for command, option in (
        (["check", str(AUTH), "--rbac"], "--rbac"),
        (["access", str(AUTH), "--rbac"], "--rbac"),
        (compare, "--compare-rbac"),
    ):
        assert main([*command, absent]) == 2
        assert f"{option}: cannot read {absent}: No such file or directory\n" in capsys.readouterr().err
        assert main([*command, str(empty)]) == 2
        assert f"{option}: {empty}: no .yaml, .yml or .json file is in it" in capsys.readouterr().err


def test_an_invalid_object_on_either_side_of_a_comparison_is_reported(tmp_path: Path, capsys) -> None:
    path = written(tmp_path, "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: [x]}\n")
    assert main(["access", str(AUTH), "--compare", str(AUTH), "--compare-rbac", str(path)]) == 1
    assert "metadata.name: cannot unmarshal array" in capsys.readouterr().out
