"""The budget counts tokens and the cost of expressions: the same file gets the same answer on every machine."""

from __future__ import annotations

import pytest
from kube_oidc.rules.engine.budget import MAX_STEPS, TokenBudget
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.run_rules import run_rules

from .made import KEYCLOAK, configuration

ISSUER = {
    "issuer": {"url": KEYCLOAK, "audiences": ["cluster"]},
    "claimMappings": {
        "username": {"claim": "preferred_username", "prefix": "sso:"},
        "groups": {"claim": "groups", "prefix": ""},
    },
}
TENS = "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]"
EXPENSIVE = f"{TENS}.all(a, {TENS}.all(b, {TENS}.all(c, {TENS}.all(d, a + b + c + d > 0))))"


def used(*rules: str) -> int:
    rule = {"claimValidationRules": [{"expression": rule} for rule in rules]}
    config = ConfigUnderReview(configuration([ISSUER | rule]))
    list(run_rules(config))
    return MAX_STEPS - config.budget.steps


def test_without_budget_nothing_is_reported() -> None:
    assert list(run_rules(ConfigUnderReview(configuration([ISSUER]))))
    assert not list(run_rules(ConfigUnderReview(configuration([ISSUER]), budget=TokenBudget(0))))


@pytest.mark.slow
def test_a_token_is_one_step_and_expensive_expressions_are_more() -> None:
    assert 0 < used() < 100
    assert used(EXPENSIVE) > 10 * used("claims.exp > 0")


@pytest.mark.slow
def test_the_same_file_uses_the_same_steps() -> None:
    assert used(EXPENSIVE) == used(EXPENSIVE)
