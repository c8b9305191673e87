"""Which users and groups an issuer can produce: each is proved by a token that the authenticator accepts."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from kube_oidc.authn.authenticate import Authenticated, Authenticator
from kube_oidc.rules.engine.budget import TokenBudget
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.identities import Identities, Reachable
from kube_oidc.rules.engine.pins import pins
from kube_oidc.verdict.validate_file import check
from kube_oidc.verdict.validation import Context

FORGEJO = "https://git.example.org/api/actions"
GITHUB = "https://token.actions.githubusercontent.com"
GITLAB = "https://gitlab.com"
PEOPLE = "https://sso.example.org/realms/main"
MAIN = "repo:adam/blog:ref:refs/heads/main"
SUB = {"username": {"claim": "sub", "prefix": "ci:"}}
OWNER = {"claim": "repository_owner", "requiredValue": "adam"}
PUSH = {"expression": "claims.event_name in ['push']"}
GUARD = {"expression": "!user.username.startsWith('system:')"}


def identities(url: str, mappings: dict[str, Any], *rules: dict[str, Any], user: Any = ()) -> Identities:
    entry = {
        "issuer": {"url": url, "audiences": ["kubernetes"]},
        "claimMappings": mappings,
        "claimValidationRules": list(rules),
        "userValidationRules": list(user),
    }
    head = {"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthenticationConfiguration"}
    checked = check(yaml.safe_dump({**head, "jwt": [entry]}).encode(), Context())
    assert checked.configuration is not None and checked.accepted, checked.diagnostics
    return Identities(ConfigUnderReview(checked.configuration).entries[0])


def by(expression: str, mapping: str = "username") -> dict[str, Any]:
    return {**SUB, mapping: {"expression": expression}}


def groups(prefix: str = "") -> dict[str, Any]:
    return {**SUB, "groups": {"claim": "groups", "prefix": prefix}}


CASES: dict[str, tuple[Identities, str, str, bool]] = {
    "a repository of the owner": (identities(FORGEJO, SUB, OWNER), "User", f"ci:{MAIN}", True),
    "a repository of another": (
        identities(FORGEJO, SUB, OWNER),
        "User",
        f"ci:{MAIN}".replace("adam", "eve"),
        False,
    ),
    "without the prefix": (identities(FORGEJO, SUB, OWNER), "User", MAIN, False),
    "a pull request": (identities(FORGEJO, SUB), "User", "ci:repo:adam/blog:pull_request", True),
    "a pull request where pushes are let in": (
        identities(FORGEJO, SUB, PUSH),
        "User",
        "ci:repo:adam/blog:pull_request",
        False,
    ),
    "a pull request where the branch is pinned": (
        identities(FORGEJO, SUB, {"claim": "ref", "requiredValue": "refs/heads/main"}),
        "User",
        "ci:repo:adam/blog:pull_request",
        False,
    ),
    "a pull request that was merged into the branch which is pinned": (
        identities(GITHUB, SUB, {"claim": "ref", "requiredValue": "refs/heads/main"}),
        "User",
        "ci:repo:adam/blog:pull_request",
        True,
    ),
    "a pull request where its own ref is asked for": (
        identities(FORGEJO, SUB, {"expression": "claims.ref.matches('^refs/pull/[0-9]+/head$')"}),
        "User",
        "ci:repo:adam/blog:pull_request",
        True,
    ),
    "a subject that Forgejo has not": (identities(FORGEJO, SUB), "User", "ci:adam/blog", False),
    "the form with numbers": (
        identities(FORGEJO, SUB, OWNER),
        "User",
        "ci:repo:adam-1/blog-2:ref:refs/heads/main",
        True,
    ),
    "another ref than the pinned": (
        identities(FORGEJO, SUB, {"claim": "ref", "requiredValue": "refs/heads/main"}),
        "User",
        "ci:repo:adam/blog:ref:refs/heads/dev",
        False,
    ),
    "the pinned subject": (
        identities(GITHUB, SUB, {"claim": "sub", "requiredValue": MAIN}),
        "User",
        f"ci:{MAIN}",
        True,
    ),
    "an environment": (identities(GITHUB, SUB), "User", "ci:repo:o/r:environment:production", True),
    "a subject made to measure": (identities(GITHUB, SUB), "User", "ci:repository_owner_id:65:sha:1", True),
    "a group that a job has not": (identities(GITHUB, groups()), "Group", "admins", False),
    "a nested project of GitLab": (
        identities(GITLAB, SUB, {"claim": "namespace_path", "requiredValue": "a/b"}),
        "User",
        "ci:project_path:a/b/c:ref_type:tag:ref:v1",
        True,
    ),
    "a project of another group": (
        identities(GITLAB, SUB, {"claim": "namespace_path", "requiredValue": "a/b"}),
        "User",
        "ci:project_path:a/x/c:ref_type:tag:ref:v1",
        False,
    ),
    "an expression of several claims": (
        identities(FORGEJO, by("'ci:' + claims.repository + '@' + claims.ref"), OWNER),
        "User",
        "ci:adam/blog@refs/heads/main",
        True,
    ),
    "an expression whose claim is another's": (
        identities(FORGEJO, by("'ci:' + claims.repository"), OWNER),
        "User",
        "ci:eve/blog",
        False,
    ),
    "a choice between two names": (
        identities(FORGEJO, by("claims.ref_type == 'tag' ? 'tag:' + claims.ref : 'branch:' + claims.ref")),
        "User",
        "branch:refs/heads/x",
        True,
    ),
    "an expression that can't be inverted": (
        identities(PEOPLE, by("claims.upn.split('@')[0]")),
        "User",
        "ada",
        True,
    ),
    "an address of the domain": (
        identities(
            PEOPLE,
            by("claims.email_verified ? claims.email : ''"),
            {"expression": "claims.email.endsWith('@x.org')"},
        ),
        "User",
        "eve@x.org",
        True,
    ),
    "an address of another domain": (
        identities(
            PEOPLE,
            by("claims.email_verified ? claims.email : ''"),
            {"expression": "claims.email.endsWith('@x.org')"},
        ),
        "User",
        "eve@y.org",
        False,
    ),
    "a group": (identities(PEOPLE, groups("sso:")), "Group", "sso:ops", True),
    "a group without the prefix": (identities(PEOPLE, groups("sso:")), "Group", "ops", False),
    "a group in addition to a required one": (
        identities(PEOPLE, groups(), {"expression": "'staff' in claims.groups"}),
        "Group",
        "ops",
        True,
    ),
    "a group made by map": (
        identities(PEOPLE, by("dyn(claims.groups).map(g, 'sso:' + g)", "groups")),
        "Group",
        "sso:ops",
        True,
    ),
    "a group that a claim decides": (
        identities(PEOPLE, by("'ops' in claims.roles ? ['operators'] : ['guests']", "groups")),
        "Group",
        "operators",
        True,
    ),
    "a group that nothing gives": (
        identities(PEOPLE, by("'ops' in claims.roles ? ['operators'] : ['guests']", "groups")),
        "Group",
        "admins",
        False,
    ),
    "a user that the guard refuses": (
        identities(PEOPLE, {"username": {"claim": "preferred_username", "prefix": ""}}, user=[GUARD]),
        "User",
        "system:admin",
        False,
    ),
    "rules that nothing passes": (
        identities(PEOPLE, SUB, {"expression": "claims.a == '1' && claims.a == '2'"}),
        "User",
        "ci:ada",
        False,
    ),
}


@pytest.mark.parametrize("title", CASES)
def test_a_name_is_produced_if_a_token_gets_it(title: str) -> None:
    made_by, kind, name, expected = CASES[title]
    made = made_by.can_produce(kind, name)
    assert (made is not None) is expected
    if made is None:
        return
    import json

    outcome = Authenticator(made_by.entry.authenticator.configuration).authenticate(json.dumps(made.claims))
    assert isinstance(outcome, Authenticated)
    assert name in ((outcome.user.username,) if kind == "User" else outcome.user.groups)


def test_claims_of_a_constructed_token_are_consistent() -> None:
    made = identities(FORGEJO, SUB, OWNER).can_produce("User", "ci:repo:adam/blog:ref:refs/tags/v1")
    assert made is not None and made.claims is not None
    shown = {name: made.claims[name] for name in ("repository", "ref", "ref_type", "workflow_ref")}
    assert shown == {
        "repository": "adam/blog",
        "ref": "refs/tags/v1",
        "ref_type": "branch",
        "workflow_ref": "adam/blog/.forgejo/workflows/deploy.yaml@refs/heads/main",
    } | {"ref_type": "tag"}


def test_tokens_that_differ_only_in_unread_claims_are_tried_once() -> None:
    made_by = identities(FORGEJO, SUB, OWNER)
    for number in range(100):
        assert made_by.can_produce("User", f"ci:repo:adam/blog-{number}:ref:refs/heads/main")
        assert not made_by.can_produce("User", f"ci:repo:eve/blog-{number}:ref:refs/heads/main")
    assert TokenBudget().steps - made_by.budget.steps <= 4


def test_names_beyond_the_budget_are_returned_as_not_tried() -> None:
    made_by = identities(FORGEJO, by("'ci:' + claims.repository"), OWNER)
    made_by.budget.steps = 1
    names = [f"ci:adam/blog-{number}" for number in range(3)]
    assert [made_by.can_produce("User", name) == Reachable(None) for name in names] == [False, True, True]


def test_very_long_names_are_not_matched() -> None:
    assert identities(FORGEJO, SUB).can_produce("User", "ci:repo:" + "a" * 100_000) is None


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("claims.sub == 'a'", ['sub is "a"']),
        ("'a' == claims.?sub.orValue('')", ['sub is "a"']),
        ("claims.sub == 'a' || claims.sub == 'b'", ['sub is one of "a", "b"']),
        (
            "claims.sub in ['a', 'b'] && claims.ref.startsWith('r')",
            ['sub is one of "a", "b"', 'ref starts with "r"'],
        ),
        ("claims.sub.matches('^a$')", ['sub matches "^a$"']),
        ("claims.realm.role == 'a'", ['realm.role is "a"']),
        ("claims.sub == 'a' || claims.ref == 'b'", []),
        ("!(claims.sub == 'a')", []),
        ("claims.sub != 'a'", []),
    ],
)
def test_requirements_of_a_rule(rule: str, words: list[str]) -> None:
    found = pins(identities(PEOPLE, SUB, {"expression": rule}).entry)
    assert [str(pin) for some in found.values() for pin in some] == words
