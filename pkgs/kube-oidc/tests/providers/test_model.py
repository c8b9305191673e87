"""Models accept every real token, and refuse tokens that no issuer signs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from kube_oidc.providers.files import providers
from kube_oidc.providers.model import Controller, model_of
from kube_oidc.providers.provider import Provider, provider_of

TOKENS = yaml.safe_load((Path(__file__).parent / "real_tokens.yaml").read_text())
GITHUB = providers()["github"]["example"]


def differences(claims: dict[str, Any]) -> list[str]:
    return list(model_of(provider_of(claims["iss"])).differences(claims))


@pytest.mark.parametrize("token", TOKENS, ids=[token["name"] for token in TOKENS])
def test_a_real_token_satisfies_its_model(token: dict[str, Any]) -> None:
    assert token["from"]
    assert differences(token["claims"]) == []


@pytest.mark.parametrize("name", sorted(providers()))
def test_the_documented_example_satisfies_its_model(name: str) -> None:
    facts = providers()[name]
    assert list(model_of(Provider(facts)).differences(facts["example"])) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"repository_owner": "eve"},
        {"repository": "eve/site"},
        {"sub": "repo:eve/site:ref:refs/heads/main"},
        {"sub": "repo:octo-org/site:ref:refs/heads/other"},
        {"sub": "repo:octo-org/site:environment:production"},
        {"environment": "production"},
        {"event_name": "pull_request"},
        {"ref_type": "tag"},
        {"ref": "main"},
        {"ref_protected": True},
        {"repository_owner_id": "x"},
        {"head_ref": "feature"},
        {"workflow_ref": "octo-org/other/.github/workflows/deploy.yaml@refs/heads/main"},
        {"groups": ["admins"]},
        {
            "sub": "repo:octo-org@1/other@2:ref:refs/heads/main",
            "repository_owner_id": "1",
            "repository_id": "2",
        },
    ],
)
def test_a_token_that_no_issuer_signs_differs(changed: dict[str, Any]) -> None:
    assert differences(GITHUB) == []
    assert differences(GITHUB | changed) != []


def test_claims_that_people_choose_are_named() -> None:
    model = model_of(provider_of("https://sso.example.org/realms/main"))
    assert model.claims["nickname"].controller is Controller.REGISTRATION
    assert model.claims["email_verified"].types == ("boolean", "string")
    assert model.claims["sub"].unique
    assert not model_of(provider_of("https://dex.example.org")).claims["preferred_username"].unique


def test_jobs_have_no_claims_but_the_documented_ones() -> None:
    model = model_of(provider_of(GITHUB["iss"]))
    assert not model.has_other_claims
    assert model.claims["ref"].controller is Controller.PUSH
    assert model.claims["head_ref"].controller is Controller.PULL_REQUEST
