"""What is found in small configurations, one line each: both the loose ones and their tight neighbours."""

from __future__ import annotations

import json

import pytest
from kube_oidc.model import AuthenticationConfiguration
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.issuer import Budget
from kube_oidc.rules.engine.run_rules import run_rules
from kube_oidc.verdict.validate_file import check
from kube_oidc.verdict.validation import Context
from kube_oidc.verdict.versions import DEFAULT, KubernetesVersion

GITHUB = "https://token.actions.githubusercontent.com"
KEYCLOAK = "https://sso.example.org/realms/main"
KANIDM = "https://idm.example.org/oauth2/openid/kubernetes"
SUB = {"claim": "sub", "prefix": "ci:"}
NAME = {"claim": "preferred_username", "prefix": "sso:"}
EMAIL = {"expression": '"sso:" + claims.email'}
PUSH = 'claims.event_name == "push"'
BOUND = "claims.exp - claims.iat <= 86400"  # what long-lived-token asks for, which is not the matter here

STRANGER = "shared-issuer-unpinned high"
USER = "system-username"
GROUPS = "system-groups"
TARGET = "pull-request-target-unpinned high"
MUTABLE = "mutable-claim-pinned medium"
PART = "unanchored-match"
TYPE = "string-compared-as-boolean high"
NOBODY = "every-token-refused high"
OPTIONAL = "optional-claim-unguarded medium"

GROUP_MAPPINGS = {
    'dyn(claims.?groups.orValue([])).filter(g, !g.startsWith("system:"))': [],
    'dyn(claims.?groups.orValue([])).filter(g, g != "system:masters")': [f"{GROUPS} medium"],
    "dyn(claims.?groups.orValue([]))": [f"{GROUPS} high"],
    "claims.realm_access.roles": [f"{GROUPS} high"],
    "['system:masters']": [f"{GROUPS} medium"],
    "has(claims.groups) && 'admins' in dyn(claims.groups) ? ['system:masters'] : []": [f"{GROUPS} medium"],
    'claims.groups.split(",")': [NOBODY],
    'claims.groups.split(",").map(g, "sso:" + g)': [OPTIONAL],
}
PREFIXES = {
    "": [f"{USER} high", f"{GROUPS} high", "empty-prefix medium"],
    "sys": [f"{USER} high", f"{GROUPS} high"],
    "system:": [f"{USER} high", f"{GROUPS} high"],
    "system": [f"{USER} high", f"{GROUPS} high"],
    "systems:": [],
    "sso:": [],
}
PINS: dict[tuple[str, ...], list[str]] = {
    (): [STRANGER, TARGET],
    ('claims.repository_owner != "evil"', PUSH): [STRANGER],
    ("has(claims.repository_owner)", PUSH): [STRANGER],
    ('claims.repository_owner in ["a", "b"]',): [TARGET, MUTABLE],
    ('claims.repository_owner_id == "5"', PUSH): [],
    ('claims.repository_id == "5"', PUSH): [],
    ('claims.sub.startsWith("repo:a/")', PUSH): [MUTABLE, "subject-form low"],
    ('claims.sub.startsWith("repo:a")', PUSH): [f"{PART} high", MUTABLE],
    ('claims.sub.matches("repo:my-org/.*")', PUSH): [f"{PART} medium", MUTABLE, "subject-form low"],
    ('claims.sub.matches("^repo:my-org/[^:]+:ref:refs/heads/main$")', PUSH): [MUTABLE, "subject-form low"],
    ('claims.sub == "repo:a/b:environment:production"', PUSH): [
        "environment-without-ref medium",
        MUTABLE,
        "subject-form low",
    ],
    ('claims.sub.contains("my-org")', PUSH): [f"{PART} high", MUTABLE],
    ('claims.repository.contains("my-org")', PUSH): [f"{PART} high", STRANGER],  # stranger/my-org
    ('claims.sub == "repo:a/b:ref:refs/heads/main"',): [TARGET, MUTABLE, "subject-form low"],
    ('claims.repository_owner_id == "5" && claims.ref.startsWith("refs/heads/release")', PUSH): [
        f"{PART} medium"
    ],
    ('claims.repository_owner_id == "5" && claims.ref.startsWith("refs/tags/v")', PUSH): [],
    ('claims.repository_owner_id == "5" && claims.workflow == "deploy"', PUSH): [
        "author-controlled-claim medium"
    ],
    ('claims.repository_owner_id == "5" && claims.groups == "x"', PUSH): ["unknown-claim high"],
}
PEOPLE: dict[tuple[str, ...], list[str]] = {
    ("claims.email_verified == true",): [],
    ('claims.email_verified == "true"',): [TYPE],
    ('claims.email_verified == "true" || claims.email_verified == true',): [],
    ('"groups" in claims',): [NOBODY],
    ("size(claims) > 3",): [NOBODY],
    ("claims.exp - 3600 < claims.iat",): [NOBODY],
    ("claims.exp - claims.iat <= 3600",): [],
}
ADDRESSES: dict[tuple[str, ...], list[str]] = {
    ("claims.?email_verified.orValue(false) == true",): [],
    ("claims.email_verified == true", 'claims.email.endsWith("example.org")'): [f"{PART} high"],
    ("claims.email_verified == true", 'claims.email.endsWith("@example.org")'): [],
    ("!has(claims.email_verified) || claims.email_verified == true",): ["email-unverified medium"],
    ("claims.email_verified != null",): ["email-unverified high"],
}


def configuration(
    url: str,
    rules: tuple[str, ...] | list[str] = (),
    username: dict[str, str] = SUB,
    groups: dict[str, str] | None = None,
    version: KubernetesVersion = DEFAULT,
) -> AuthenticationConfiguration:
    """One entry, which the API server has to accept."""
    mappings = {"username": username} | ({"groups": groups} if groups else {})
    entry = {
        "issuer": {"url": url, "audiences": ["cluster"]},
        "claimMappings": mappings,
        "claimValidationRules": [{"expression": rule} for rule in (*rules, BOUND)],
    }
    head = {"apiVersion": "apiserver.config.k8s.io/v1beta1", "kind": "AuthenticationConfiguration"}
    checked = check(json.dumps(head | {"jwt": [entry]}).encode(), Context(version))
    assert checked.accepted, checked.diagnostics
    assert checked.configuration is not None
    return checked.configuration


def found(config: AuthenticationConfiguration, version: KubernetesVersion = DEFAULT) -> list[str]:
    subject = ConfigUnderReview(config, version)
    return sorted(
        f"{about.id} {finding.confidence or about.confidence}" for about, finding in run_rules(subject)
    )


@pytest.mark.parametrize("expression", GROUP_MAPPINGS)
def test_groups_made_by_an_expression(expression: str) -> None:
    config = configuration(KEYCLOAK, (), NAME, {"expression": expression})
    assert found(config) == GROUP_MAPPINGS[expression]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_prefix_is_counted(prefix: str) -> None:
    username, groups = NAME | {"prefix": prefix}, {"claim": "groups", "prefix": prefix}
    assert found(configuration(KEYCLOAK, (), username, groups)) == sorted(PREFIXES[prefix])


@pytest.mark.parametrize("rules", PINS, ids=" and ".join)
def test_rules_for_github(rules: tuple[str, ...]) -> None:
    assert found(configuration(GITHUB, rules)) == sorted(PINS[rules])


@pytest.mark.parametrize("rules", PEOPLE, ids=" and ".join)
def test_rules_for_people(rules: tuple[str, ...]) -> None:
    assert found(configuration(KEYCLOAK, rules, NAME)) == PEOPLE[rules]


@pytest.mark.parametrize("rules", ADDRESSES, ids=" and ".join)
def test_rules_about_an_address(rules: tuple[str, ...]) -> None:
    assert found(configuration(KEYCLOAK, rules, EMAIL)) == ADDRESSES[rules]


def test_what_fails_from_1_34_on_is_not_said_of_1_33() -> None:
    version = KubernetesVersion(1, 33)
    config = configuration(KEYCLOAK, ['"groups" in claims'], NAME, version=version)
    assert found(config, version) == []


def test_groups_that_always_end_in_a_domain_cannot_be_masters() -> None:
    assert found(configuration(KANIDM, (), NAME, {"claim": "groups", "prefix": ""})) == []


def test_nothing_is_claimed_when_there_is_no_time_to_show_it() -> None:
    config = configuration(KEYCLOAK, (), NAME, {"claim": "groups", "prefix": ""})
    assert not list(run_rules(ConfigUnderReview(config, budget=Budget(0))))
