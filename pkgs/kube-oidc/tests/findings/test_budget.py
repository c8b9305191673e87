"""Nothing is reported that no token could be tried for."""

from __future__ import annotations

from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.issuer import Budget
from kube_oidc.rules.engine.run_rules import run_rules

from .made import KEYCLOAK, configuration

ISSUER = {
    "issuer": {"url": KEYCLOAK, "audiences": ["cluster"]},
    "claimMappings": {
        "username": {"claim": "preferred_username", "prefix": "sso:"},
        "groups": {"claim": "groups", "prefix": ""},
    },
}


def test_without_budget_nothing_is_reported() -> None:
    assert list(run_rules(ConfigUnderReview(configuration([ISSUER]))))
    assert not list(run_rules(ConfigUnderReview(configuration([ISSUER]), budget=Budget(0))))
