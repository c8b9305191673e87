"""A guard is a guard however it is written, and what only looks like one is found: guards.yaml, each line by itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from kube_oidc.authn.authenticate import Authenticated, Authenticator
from kube_oidc.model import AuthenticationConfiguration
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.finding import Finding
from kube_oidc.rules.engine.run_rules import run_rules
from kube_oidc.verdict.validate_file import check
from kube_oidc.verdict.validation import Context
from kube_oidc.verdict.versions import DEFAULT

TABLE = yaml.safe_load((Path(__file__).parent / "guards.yaml").read_text())
BOUND = "claims.exp - claims.iat <= 86400"


def cases(kind: str) -> Iterator[Any]:
    for group in TABLE:
        for expression in group[kind]:
            yield pytest.param(group, expression, id=f"{group['finding']}: {expression}")


def configuration(group: dict[str, Any], expression: str) -> AuthenticationConfiguration:
    """The group's entry with the expression in its place."""
    parts = group.get("with", {})
    mappings = {"username": parts.get("username", {"claim": "sub", "prefix": "x:"})}
    mappings |= {"groups": parts["groups"]} if "groups" in parts else {}
    rules = [{"expression": rule} for rule in (*parts.get("claimValidationRules", []), BOUND)]
    entry: dict[str, Any] = {
        "issuer": {"url": group["url"], "audiences": ["cluster"]},
        "claimMappings": mappings,
        "claimValidationRules": rules,
    }
    if group["in"] in ("username", "groups"):
        mappings[group["in"]] = {"expression": expression}
        verified = "claims.?email_verified.orValue(true) != null"  # the validation wants it named somewhere
        rules.append({"expression": verified})
    else:
        entry.setdefault(group["in"], []).append({"expression": expression})
    head = {"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthenticationConfiguration"}
    checked = check(json.dumps(head | {"jwt": [entry]}).encode(), Context(DEFAULT))
    assert checked.accepted, checked.diagnostics
    assert checked.configuration is not None
    return checked.configuration


def found(config: AuthenticationConfiguration, name: str) -> list[Finding]:
    """What is found under this name."""
    return [finding for about, finding in run_rules(ConfigUnderReview(config)) if about.id == name]


@pytest.mark.parametrize(("group", "expression"), list(cases("silent")))
def test_a_guard_is_seen(group: dict[str, Any], expression: str) -> None:
    config = configuration(group, expression)
    assert ConfigUnderReview(config).entries[0].sample_claims is not None, "no token was found that comes in"
    assert found(config, group["finding"]) == []


@pytest.mark.parametrize(("group", "expression"), list(cases("found")))
def test_what_only_looks_like_a_guard_is_found_and_the_remedy_ends_it(
    group: dict[str, Any], expression: str
) -> None:
    config = configuration(group, expression)
    [finding] = found(config, group["finding"])
    payload = json.dumps(finding.proof)
    was = Authenticator(config).authenticate(payload)
    assert isinstance(was, Authenticated)
    mended = replace(config, jwt=(finding.remedy.applied(config.jwt[0]),))
    if mended != config:
        outcome = Authenticator(mended).authenticate(payload)
        assert not isinstance(outcome, Authenticated) or outcome.user != was.user
