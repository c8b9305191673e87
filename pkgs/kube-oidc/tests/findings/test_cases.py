"""Every cases.yaml of the rules: what is reported for a configuration, and the proof of each finding."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from kube_oidc.authn.authenticate import Authenticated, Authenticator
from kube_oidc.model import AuthenticationConfiguration
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.finding import Finding, RuleMetadata
from kube_oidc.rules.engine.run_rules import run_rules
from kube_oidc.verdict.validate_file import check
from kube_oidc.verdict.validation import Context
from kube_oidc.verdict.versions import DEFAULT, KubernetesVersion

from .examples import findings_of, tables

# Most cases don't limit the lifetime of tokens, because they are not about it.
LIFETIME = "long-lived-token"


def cases() -> Iterator[Any]:
    for rule, table in tables():
        for case in table.get("cases", ()):
            marks = [pytest.mark.slow] if case.get("slow") else []
            yield pytest.param(rule, case, id=f"{rule}: {case['name']}", marks=marks)


def expressions(kind: str) -> Iterator[Any]:
    for rule, table in tables():
        for group in table.get("expressions", ()):
            for expression in group[kind]:
                yield pytest.param(rule, group, expression, id=f"{rule}: {expression}")


def read(issuers: list[dict[str, Any]], version: KubernetesVersion = DEFAULT) -> AuthenticationConfiguration:
    head = {"apiVersion": "apiserver.config.k8s.io/v1beta1", "kind": "AuthenticationConfiguration"}
    checked = check(json.dumps(head | {"jwt": issuers}).encode(), Context(version))
    assert checked.accepted, checked.diagnostics
    assert checked.configuration is not None
    return checked.configuration


CASES = list(cases())
POSITIONS = [pytest.param(n, id=str(case.id), marks=case.marks) for n, case in enumerate(CASES)]


@cache
def reviewed(position: int) -> tuple[ConfigUnderReview, tuple[tuple[RuleMetadata, Finding], ...]]:
    """The configuration of a case, and everything that is found in it."""
    case = CASES[position].values[1]
    version = KubernetesVersion.parse(case.get("kubernetesVersion", str(DEFAULT)))
    config = ConfigUnderReview(read(case["jwt"], version), version, pedantic=case.get("pedantic", False))
    return config, tuple(run_rules(config))


@pytest.mark.parametrize("position", POSITIONS)
def test_a_case_has_the_expected_findings_and_no_others(position: int) -> None:
    rule, case = CASES[position].values
    config, every = reviewed(position)
    if not any(each.startswith("every-token-refused ") for each in case["expect"]):
        assert all(issuer.sample_claims is not None for issuer in config.entries), "no token is accepted"
    found = [
        f"{metadata.id} {finding.confidence or metadata.confidence} {finding.path}"
        for metadata, finding in every
        if rule == LIFETIME or metadata.id != LIFETIME
    ]
    assert sorted(found) == sorted(case["expect"])


@pytest.mark.parametrize("position", POSITIONS)
def test_the_token_that_shows_a_finding_is_accepted(position: int) -> None:
    config, every = reviewed(position)
    authenticator = Authenticator(config.configuration, config.version)
    for _, finding in every:
        if finding.proof is not None:
            issuer = config.configuration.jwt[int(finding.path.steps[1])].issuer
            assert finding.proof["iss"] == issuer.url
            assert isinstance(authenticator.authenticate(json.dumps(finding.proof)), Authenticated)


def with_expression(group: dict[str, Any], expression: str) -> AuthenticationConfiguration:
    """The group's issuer with the expression in its field."""
    parts = group.get("with", {})
    mappings = {"username": parts.get("username", {"claim": "sub", "prefix": "x:"})}
    mappings |= {"groups": parts["groups"]} if "groups" in parts else {}
    rules = [{"expression": rule} for rule in parts.get("claimValidationRules", [])]
    issuer: dict[str, Any] = {
        "issuer": {"url": group["url"], "audiences": ["cluster"]},
        "claimMappings": mappings,
        "claimValidationRules": rules,
    }
    if group["in"] in ("username", "groups"):
        mappings[group["in"]] = {"expression": expression}
        # The API server requires that email_verified is mentioned if claims.email is.
        rules.append({"expression": "claims.?email_verified.orValue(true) != null"})
    else:
        issuer.setdefault(group["in"], []).append({"expression": expression})
    return read([issuer])


@pytest.mark.parametrize(("rule", "group", "expression"), list(expressions("accepted")))
def test_a_correct_expression_is_not_reported(rule: str, group: dict[str, Any], expression: str) -> None:
    config = ConfigUnderReview(with_expression(group, expression))
    assert config.entries[0].sample_claims is not None, "no token is accepted"
    assert findings_of(rule, config) == []


@pytest.mark.parametrize(("rule", "group", "expression"), list(expressions("reported")))
def test_a_wrong_expression_is_reported_and_the_remedy_refuses_the_token(
    rule: str, group: dict[str, Any], expression: str
) -> None:
    config = with_expression(group, expression)
    [finding] = findings_of(rule, ConfigUnderReview(config))
    payload = json.dumps(finding.proof)
    was = Authenticator(config).authenticate(payload)
    assert isinstance(was, Authenticated)
    fixed = replace(config, jwt=(finding.remedy.applied(config.jwt[0]),))
    if fixed != config:
        outcome = Authenticator(fixed).authenticate(payload)
        assert not isinstance(outcome, Authenticated) or outcome.user != was.user
