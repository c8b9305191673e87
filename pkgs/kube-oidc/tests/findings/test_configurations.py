"""Whole configurations as people write them: each loose one is found, each tight one stays silent, the proof holds."""

from __future__ import annotations

import json
from typing import Final

import pytest
from kube_oidc.authn.authenticate import Authenticated, Authenticator
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.run_rules import run_rules

from . import choices, groups, names
from .made import Cases, assert_found, configuration

CASES: Final[Cases] = names.CASES | groups.CASES | choices.CASES


def test_no_two_have_one_name() -> None:
    assert len(CASES) == len(names.CASES) + len(groups.CASES) + len(choices.CASES)


@pytest.mark.parametrize("name", CASES)
def test_what_is_found(name: str) -> None:
    assert_found(CASES[name])


@pytest.mark.parametrize("name", [name for name, (_, expected) in CASES.items() if expected])
def test_the_proof_is_accepted(name: str) -> None:
    made = configuration(CASES[name][0])
    for _, finding in run_rules(ConfigUnderReview(made)):
        if finding.proof is not None:
            position = finding.path.steps[1]
            assert finding.proof["iss"] == made.jwt[int(position)].issuer.url
            assert isinstance(Authenticator(made).authenticate(json.dumps(finding.proof)), Authenticated)
