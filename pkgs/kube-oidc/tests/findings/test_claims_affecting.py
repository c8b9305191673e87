"""The search for a sample token skips claims that can't help, and finds the same token as without skipping."""

from __future__ import annotations

import json
from typing import Any

import pytest
from kube_oidc.authn.authenticate import Authenticated
from kube_oidc.rules.engine import tokens
from kube_oidc.rules.engine.claims_affecting import claims_affecting
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.issuer import IssuerUnderReview
from kube_oidc.verdict.validate_file import check
from kube_oidc.verdict.validation import Context
from kube_oidc.verdict.versions import DEFAULT

from .examples import tables

RULES = [
    (group["url"], expression)
    for _, table in tables()
    for group in table.get("expressions", ())
    for expression in (*group["accepted"], *group["reported"])
    if group["in"] == "claimValidationRules"
]


def entry(
    url: str, *rules: str, uid: str = "claims.?run_id.orValue('')", user_rule: str = "true"
) -> IssuerUnderReview:
    mappings = {"username": {"claim": "sub", "prefix": "x:"}, "uid": {"expression": uid}}
    one: dict[str, Any] = {
        "issuer": {"url": url, "audiences": ["cluster"]},
        "claimMappings": mappings,
        "claimValidationRules": [{"expression": rule} for rule in rules],
        "userValidationRules": [{"expression": user_rule}],
    }
    head = {"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthenticationConfiguration"}
    checked = check(json.dumps(head | {"jwt": [one]}).encode(), Context(DEFAULT))
    assert checked.accepted, checked.diagnostics
    assert checked.configuration is not None
    return ConfigUnderReview(checked.configuration).entries[0]


@pytest.mark.parametrize(("url", "rule"), RULES)
def test_skipping_claims_finds_the_same_token(monkeypatch: pytest.MonkeyPatch, url: str, rule: str) -> None:
    rules = (rule, "claims.?tier.orValue('') == 'gold'")
    found = tokens.sample_claims(entry(url, *rules)), tokens.closest_claims(entry(url, *rules))
    monkeypatch.setattr(tokens, "claims_affecting", lambda *_: None)
    assert found == (tokens.sample_claims(entry(url, *rules)), tokens.closest_claims(entry(url, *rules)))


def test_only_claims_that_the_failing_rule_or_the_uid_reads_are_changed() -> None:
    made = entry("https://sso.example", "claims.tier == 'gold'", "claims.team == 'a'")
    start = tokens.seed_claims(made)
    assert claims_affecting(made, made.outcome(start | {"tier": "tin", "team": "b"})) == {
        "",
        "tier",
        "run_id",
    }
    assert claims_affecting(made, made.outcome(start | {"tier": "gold", "team": "b"})) == {
        "",
        "team",
        "run_id",
    }


def test_any_claim_is_changed_if_no_expression_over_claims_failed() -> None:
    made = entry("https://sso.example", "claims.tier == 'gold'", user_rule="user.username == 'x:ada'")
    accepted = tokens.seed_claims(made) | {"tier": "gold", "sub": "ada"}
    assert isinstance(made.outcome(accepted), Authenticated)
    for claims in (accepted, accepted | {"sub": "eve"}, accepted | {"sub": 1}):
        assert claims_affecting(made, made.outcome(claims)) is None


def test_rules_are_only_evaluated_for_a_wanted_user(monkeypatch: pytest.MonkeyPatch) -> None:
    made = entry("https://sso.example", "claims.tier == 'gold'")
    eve, ada = ({**tokens.seed_claims(made), "tier": "gold", "sub": sub} for sub in ("eve", "ada"))
    asked: list[str] = []
    outcome = made.outcome
    monkeypatch.setattr(made, "outcome", lambda claims: asked.append(claims["sub"]) or outcome(claims))
    assert not made.becomes(eve, lambda user: user.username == "x:ada")
    assert asked == []
    assert made.becomes(ada, lambda user: user.username == "x:ada")
    assert not made.becomes(ada | {"tier": "tin"}, lambda user: user.username == "x:ada")
    assert asked == ["ada", "ada"]
