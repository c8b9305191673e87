"""What is found because of who issues the tokens: lives, tenants, audiences, addresses, distributed claims."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from kube_oidc.authn.authenticate import Authenticated, Authenticator, Undecided
from kube_oidc.cli import main
from kube_oidc.model import AuthenticationConfiguration
from kube_oidc.providers.files import providers
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.run_rules import run_rules
from kube_oidc.verdict.validate_file import check
from kube_oidc.verdict.validation import Context
from kube_oidc.verdict.versions import DEFAULT

from .examples import example

MICROSOFT = "https://login.microsoftonline.com"
TENANT = f"{MICROSOFT}/11111111-2222-3333-4444-555555555555/v2.0"
PERSONAL = f"{MICROSOFT}/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0"
OID = {"claim": "oid", "prefix": "entra:"}
GROUPS = {"claim": "groups", "prefix": "entra:"}

ENTRA = {
    "one tenant": (TENANT, OID, None, []),
    "groups": (TENANT, OID, GROUPS, ["distributed-groups medium"]),
    "groups without a prefix, which are ids unless names are asked for": (
        TENANT,
        OID,
        GROUPS | {"prefix": ""},
        ["distributed-groups medium", "system-groups medium"],
    ),
    "an id without a prefix": (TENANT, OID | {"prefix": ""}, None, []),
    "an address": (TENANT, {"claim": "email", "prefix": "entra:"}, None, ["email-unverified low"]),
    "personal accounts": (PERSONAL, OID, None, ["shared-issuer-unpinned high"]),
    "every tenant": (f"{MICROSOFT}/common/v2.0", OID, None, ["multi-tenant-issuer high"]),
    "a placeholder": (MICROSOFT + "/{tenant-id}/v2.0", OID, None, ["multi-tenant-issuer high"]),
}  # fmt: skip
LIVES = {
    "https://token.actions.githubusercontent.com/acme": ([], []),
    "https://oidc.circleci.com/org/11111111-2222-3333-4444-555555555555": ([], []),
    "https://accounts.google.com": ([], []),
    "https://gitlab.example.org": ([], ["low"]),
    "https://gitlab.com": (["low"], ["low"]),
    "https://agent.buildkite.com": (["low"], ["low"]),
    "https://sso.example.org/dex": (["medium"], ["medium"]),
    "https://acme.zitadel.cloud": (["medium"], ["medium"]),
    "https://sso.example.org/realms/main": ([], ["low"]),
    "https://sso.example.org": ([], ["low"]),
}
AUDIENCES = {
    ("https://token.actions.githubusercontent.com", "sts.amazonaws.com"): ["medium"],
    ("https://token.actions.githubusercontent.com", "api://AzureADTokenExchange"): ["medium"],
    (
        "https://gitlab.com",
        "https://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/a",
    ): ["medium"],
    ("https://sso.example.org/realms/main", "account"): ["medium"],
    ("https://sso.example.org", "account"): [],
    ("https://app.terraform.io", "aws.workload.identity"): ["medium"],
    ("https://oauth2.sigstore.dev/auth", "sigstore"): ["medium"],
    ("https://token.actions.githubusercontent.com", "kubernetes"): [],
    ("https://accounts.google.com", "32555940559.apps.googleusercontent.com"): ["medium"],
}


def configuration(
    url: str, username: dict[str, str], groups: dict[str, str] | None = None, rules: tuple[str, ...] = ()
) -> AuthenticationConfiguration:
    mappings = {"username": username} | ({"groups": groups} if groups else {})
    entry = {
        "issuer": {"url": url, "audiences": ["cluster"]},
        "claimMappings": mappings,
        "claimValidationRules": [{"expression": rule} for rule in rules],
    }
    head = {"apiVersion": "apiserver.config.k8s.io/v1beta1", "kind": "AuthenticationConfiguration"}
    checked = check(json.dumps(head | {"jwt": [entry]}).encode(), Context(DEFAULT))
    assert checked.accepted, checked.diagnostics
    assert checked.configuration is not None
    return checked.configuration


def found(subject: ConfigUnderReview, name: str = "") -> list[str]:
    """`id confidence` of everything; with a name only its confidences."""
    every = [(about.id, str(finding.confidence or about.confidence)) for about, finding in run_rules(subject)]
    return sorted(sure if name else f"{each} {sure}" for each, sure in every if name in ("", each))


@pytest.mark.parametrize("case", ENTRA)
def test_entra(case: str) -> None:
    url, username, groups, expected = ENTRA[case]
    assert found(ConfigUnderReview(configuration(url, username, groups))) == expected


@pytest.mark.parametrize("url", LIVES)
def test_long_lives_are_told_where_they_are_usual_or_asked_for(url: str) -> None:
    subject = ConfigUnderReview(configuration(url, {"claim": "sub", "prefix": "x:"}))
    usual, pedantic = LIVES[url]
    assert found(subject, "long-lived-token") == usual
    assert found(replace(subject, pedantic=True), "long-lived-token") == pedantic


@pytest.mark.parametrize(
    "rule",
    [
        "claims.exp - claims.iat <= 86400",
        "claims.exp <= claims.iat + 3600.0",
        "!(claims.exp - claims.iat > 3600)",
        "claims.iat + 7200.0 > claims.exp",
        "timestamp(int(claims.exp)) - timestamp(int(claims.iat)) <= duration('1h')",
    ],
)
def test_a_bound_is_a_bound_however_it_is_written(rule: str) -> None:
    config = configuration("https://sso.example.org/dex", {"claim": "sub", "prefix": "x:"}, rules=(rule,))
    assert found(ConfigUnderReview(config), "long-lived-token") == []


@pytest.mark.parametrize("rule", ["claims.exp > claims.iat", "claims.exp - claims.iat <= 31536000"])
def test_what_looks_like_a_bound_and_is_none(rule: str) -> None:
    config = configuration("https://sso.example.org/dex", {"claim": "sub", "prefix": "x:"}, rules=(rule,))
    assert found(ConfigUnderReview(config), "long-lived-token") == ["medium"]


@pytest.mark.parametrize("name", sorted(providers()))
def test_a_providers_example_token_lives_as_long_as_its_file_says(name: str) -> None:
    facts = providers()[name]
    assert facts["example"]["exp"] - facts["example"]["iat"] == facts["tokenLifetimeSeconds"]
    assert facts["tokenLifetimeChosenBy"] in ("provider", "job", "issuer")


@pytest.mark.parametrize(("url", "audience"), AUDIENCES)
def test_audiences_of_others(url: str, audience: str) -> None:
    config = configuration(url, {"claim": "sub", "prefix": "x:"})
    issuer = replace(config.jwt[0].issuer, audiences=(audience,))
    config = replace(config, jwt=(replace(config.jwt[0], issuer=issuer),))
    assert found(ConfigUnderReview(config), "shared-audience") == AUDIENCES[url, audience]


def test_two_clusters_that_share_an_audience_are_found_when_checked_together(tmp_path: Path, capsys) -> None:
    text = (example("long-lived-token", "good")).read_text()
    (tmp_path / "one.yaml").write_text(text)
    (tmp_path / "two.yaml").write_text(text.replace("sso:", "other:"))
    (tmp_path / "copy.yaml").write_text(text + "# the same, for the next API server of the cluster\n")
    assert main(["check", str(tmp_path), "--format", "json"]) == 0
    files = json.loads(capsys.readouterr().out)["files"]
    codes = [[each["code"] for each in file["diagnostics"]] for file in files]
    assert codes == [["shared-audience"]] * 3
    assert main(["check", str(tmp_path / "one.yaml"), str(tmp_path / "copy.yaml"), "--format", "json"]) == 0
    assert all(not file["diagnostics"] for file in json.loads(capsys.readouterr().out)["files"])


def test_the_claim_is_followed_and_the_expression_of_the_remedy_is_not() -> None:
    config = configuration(TENANT, OID, GROUPS)
    [finding] = [
        finding for about, finding in run_rules(ConfigUnderReview(config)) if about.id == "distributed-groups"
    ]
    mended = replace(config, jwt=(finding.remedy.applied(config.jwt[0]),))
    token = ConfigUnderReview(config).entries[0].provider.example | {
        "iss": TENANT,
        "aud": "cluster",
        "_claim_names": {"groups": "src1"},
        "_claim_sources": {"src1": {"endpoint": "https://graph.windows.net/x/users/y/getMemberObjects"}},
    }
    full = json.dumps(token)
    poor = json.dumps({name: value for name, value in token.items() if name != "groups"})
    asks, answers = Authenticator(config), Authenticator(mended)
    assert isinstance(asks.authenticate(poor), Undecided)  # another server has the word
    outcome = answers.authenticate(poor)
    assert isinstance(outcome, Authenticated)
    assert outcome.user.groups == ()
    both = [each.authenticate(full) for each in (asks, answers)]
    assert both[0].user.groups == both[1].user.groups == ("entra:8f2b6c1e-52c5-4b43-9d0c-6ad0a3b6c0de",)


def test_distributed_groups_of_unknown_issuers_are_pedantry() -> None:
    config = configuration("https://sso.example.org", {"claim": "sub", "prefix": "x:"}, GROUPS)
    assert found(ConfigUnderReview(config), "distributed-groups") == []
    assert found(ConfigUnderReview(config, pedantic=True), "distributed-groups") == ["low"]
