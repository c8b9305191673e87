"""distributed-groups: the claim is fetched from a URL in the token, the expression of the remedy never is."""

from __future__ import annotations

import json
from dataclasses import replace

from kube_oidc.authn.authenticate import Authenticated, Authenticator, Undecided
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.run_rules import run_rules

from .made import configuration

TENANT = "https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0"
ENTRA = {
    "issuer": {"url": TENANT, "audiences": ["cluster"]},
    "claimMappings": {
        "username": {"claim": "oid", "prefix": "entra:"},
        "groups": {"claim": "groups", "prefix": "entra:"},
    },
}


def test_the_claim_is_fetched_and_the_expression_of_the_remedy_is_not() -> None:
    config = configuration([ENTRA])
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
    assert isinstance(asks.authenticate(poor), Undecided)  # the API server would fetch the groups
    outcome = answers.authenticate(poor)
    assert isinstance(outcome, Authenticated)
    assert outcome.user.groups == ()
    both = [each.authenticate(full) for each in (asks, answers)]
    assert both[0].user.groups == both[1].user.groups == ("entra:8f2b6c1e-52c5-4b43-9d0c-6ad0a3b6c0de",)
