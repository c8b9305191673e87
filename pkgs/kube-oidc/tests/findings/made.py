"""Configurations of a line each, and what is found in them."""

from __future__ import annotations

import json
from typing import Any, Final

from kube_oidc.model import AuthenticationConfiguration
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.run_rules import run_rules
from kube_oidc.verdict.validate_file import check
from kube_oidc.verdict.validation import Context
from kube_oidc.verdict.versions import DEFAULT

Entry = dict[str, Any]
GITHUB: Final = "https://token.actions.githubusercontent.com"
FORGEJO: Final = "https://git.example.org/api/actions"
KEYCLOAK: Final = "https://sso.example.org/realms/main"
PUSH: Final = 'claims.event_name == "push"'
BOUND: Final = "claims.exp - claims.iat <= 86400"


def of(url: str, username: str = "sub", prefix: str = "x:", *rules: str, groups: str = "") -> Entry:
    """One entry; a user name in braces or quotes is an expression."""
    is_claim = username.isidentifier()
    name = {"claim": username, "prefix": prefix} if is_claim else {"expression": username}
    mappings: Entry = {"username": name}
    if groups:
        mappings["groups"] = {"expression": groups}
    return {
        "issuer": {"url": url, "audiences": ["cluster"]},
        "claimMappings": mappings,
        "claimValidationRules": [{"expression": rule} for rule in (*rules, BOUND)],
    }


def configuration(entries: list[Entry]) -> AuthenticationConfiguration:
    head = {"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthenticationConfiguration"}
    checked = check(json.dumps(head | {"jwt": entries}).encode(), Context(DEFAULT))
    assert checked.accepted, checked.diagnostics
    assert checked.configuration is not None
    return checked.configuration


def assert_found(case: tuple[list[Entry], list[str]]) -> None:
    """What is found, and nothing else, in a configuration that somebody's token is accepted with."""
    entries, expected = case
    subject = ConfigUnderReview(configuration(entries))
    assert all(entry.sample_claims is not None for entry in subject.entries), (
        "no token was found that comes in"
    )
    found = [f"{about.id} {finding.confidence or about.confidence}" for about, finding in run_rules(subject)]
    assert sorted(found) == sorted(expected)
