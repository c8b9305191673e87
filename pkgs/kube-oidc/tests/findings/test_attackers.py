"""An attacker's token is complete, as the issuer would sign it, and names no owner of the configuration."""

from __future__ import annotations

import pytest
import yaml
from kube_oidc.providers.files import providers
from kube_oidc.rules.engine.attackers import attacker_claims
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.issuer import Claims, IssuerUnderReview
from kube_oidc.rules.engine.workloads import subjects
from kube_oidc.verdict.validate_file import check
from kube_oidc.verdict.validation import Context

UNLIKE = "https://login.example.org"  # an issuer without a provider file


def entry(url: str, *rules: str) -> IssuerUnderReview:
    one = {
        "issuer": {"url": url, "audiences": ["kubernetes"]},
        "claimMappings": {"username": {"claim": "sub", "prefix": "x:"}},
        "claimValidationRules": [{"expression": rule} for rule in rules],
    }
    head = {"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthenticationConfiguration"}
    checked = check(yaml.safe_dump({**head, "jwt": [one]}).encode(), Context())
    assert checked.configuration is not None and checked.accepted, checked.diagnostics
    return ConfigUnderReview(checked.configuration).entries[0]


def strangers(url: str, *rules: str) -> list[Claims]:
    of = entry(url, *rules)
    assert of.sample_claims is not None
    return list(attacker_claims(of, of.sample_claims))


@pytest.mark.parametrize("name", sorted(providers()))
def test_an_attackers_subject_and_ids_differ_from_the_owners(name: str) -> None:
    of = entry(providers()[name]["example"]["iss"])
    usual, trust = of.sample_claims, of.provider.trust
    assert usual is not None
    found = list(attacker_claims(of, usual))
    assert found
    numbers = [trust[what] for what in ("ownerIds", "repositoryIds") if trust.get(what) in usual]
    for claims in found:
        assert claims["sub"] != usual["sub"]
        assert len(claims["sub"]) < 2 * len(usual["sub"]) + 40
        assert all(claims[number] != usual[number] for number in numbers)
        assert claims.keys() <= usual.keys() | {"environment"}
        assert all(type(value) is type(usual.get(claim, value)) for claim, value in claims.items())


def test_an_attacker_at_an_issuer_of_people_is_another_person() -> None:
    [other] = strangers(UNLIKE)
    assert (other["preferred_username"], other["email"]) == ("stranger", "stranger@example.org")
    assert ":" not in other["sub"] and "/" not in other["sub"]


def test_a_subject_without_a_template_has_the_attackers_names_instead_of_the_owners() -> None:
    terraform = strangers("https://app.terraform.io")[0]
    assert terraform["sub"] == terraform["terraform_full_workspace"] + ":run_phase:apply"
    assert terraform["sub"] == "organization:stranger:project:Default Project:workspace:site:run_phase:apply"
    codefresh = strangers("https://oidc.codefresh.io")[0]
    assert codefresh["sub"].startswith(
        "account:999999999:pipeline:999999999:scm_repo_url:https://github.com/"
    )
    assert codefresh["pipeline_name"] == "site/deploy"  # anyone can have a pipeline with this name
    circleci = strangers("https://oidc.circleci.com/org/11111111-2222-3333-4444-555555555555")
    assert circleci[0]["oidc.circleci.com/vcs-origin"] == "github.com/stranger/deploy"
    assert "/project/999999999/user/" in circleci[0]["sub"]
    assert circleci[0]["sub"].endswith("/vcs-origin/github.com/stranger/deploy/vcs-ref/refs/heads/main")


@pytest.mark.parametrize(
    ("url", "refs"),
    [
        ("https://token.actions.githubusercontent.com", {"refs/pull/1/merge", "refs/heads/main"}),
        ("https://git.example.org/api/actions", {"refs/pull/1/head"}),
    ],
)
def test_a_pull_request_has_its_own_ref_and_at_github_the_base_branch_after_the_merge(
    url: str, refs: set[str]
) -> None:
    found = [claims for claims in strangers(url) if claims["sub"].endswith(":pull_request")]
    assert {claims["ref"] for claims in found} == refs
    assert {claims["event_name"] for claims in found} == {"pull_request"}


def test_every_subject_template_of_a_provider_is_tried() -> None:
    of = entry("https://token.actions.githubusercontent.com")
    assert of.sample_claims is not None
    found = [claims["sub"] for claims in attacker_claims(of, of.sample_claims)]
    for form, _ in subjects(of):
        assert any(form.match_name(subject) is not None for subject in found), str(form)
