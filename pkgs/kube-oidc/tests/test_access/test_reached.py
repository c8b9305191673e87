"""`kube-oidc access`: which users and groups each issuer can make, and what binds them."""

from __future__ import annotations

import json

import pytest
from kube_oidc.authn.authenticate import Authenticated, Authenticator
from kube_oidc.cli import main
from kube_oidc.verdict.validate_file import check
from kube_oidc.verdict.validation import Context

from .conftest import (
    EXAMPLES,
    FORGEJO,
    MAIN,
    OWNED,
    PEOPLE,
    SUB,
    binding,
    entry,
    names,
    needs_examples,
    report,
)


def test_the_json_has_each_grant_with_its_role_and_place(run) -> None:
    tree = report(run, [OWNED], [binding("User", MAIN, "view")])
    (holder,) = tree["issuers"][0]["holders"]
    assert holder["token"]["repository"] == "adam/blog"
    (grant,) = holder["grants"]
    assert grant["binding"] == {
        "kind": "RoleBinding",
        "namespace": "blog",
        "name": "one",
        "file": "rbac.yaml",
        "line": 1,
    }
    assert (grant["namespace"], grant["power"], grant["builtin"]) == ("blog", "read", False)
    role = tree["roles"][grant["role"]]
    assert (role["kind"], role["name"], role["file"]) == ("ClusterRole", "view", "Kubernetes 1.36")
    assert {"get", "list", "watch"} == set(role["rules"][0]["verbs"])


def test_bindings_that_no_issuer_reaches_are_reported(run) -> None:
    stranger = MAIN.replace("adam", "eve")
    objects = [
        binding("User", MAIN),
        binding("User", stranger, label="two"),
        binding("Group", "ops", label="three"),
    ]
    tree = report(run, [OWNED], objects)
    assert names(tree["issuers"][0]["holders"]) == [MAIN]
    assert names(tree["unreachable"]) == [stranger, "ops"]


def test_grants_to_every_accepted_token_have_their_own_section(run) -> None:
    tree = report(
        run, [OWNED], [binding("Group", "system:authenticated"), binding("Group", "ops", label="two")]
    )
    (everyone,) = tree["everyone"]
    own = [grant for grant in everyone["grants"] if not grant["builtin"]]
    assert [grant["binding"]["name"] for grant in own] == ["one"]
    assert names(tree["unreachable"]) == ["ops"]
    _, text, _ = run([OWNED], [binding("Group", "system:authenticated")])
    assert "Group system:authenticated: every accepted token" in text


def test_kubernetes_own_names_are_reached_where_anybody_may_have_them(run) -> None:
    groups = {**SUB, "groups": {"claim": "groups", "prefix": ""}}
    guard = "user.groups.all(g, !g.startsWith('system:'))"
    loose = report(run, [entry(PEOPLE, groups)], [])["issuers"][0]["holders"]
    assert "system:masters" in names(loose)
    assert loose[0]["grants"][0]["power"] == "everything", "the strongest comes first"
    assert report(run, [entry(PEOPLE, groups, user=(guard,))], [])["issuers"][0]["holders"] == []
    assert report(run, [OWNED], [])["issuers"][0]["holders"] == []


def test_a_service_account_is_reached_where_a_token_may_have_its_name(run) -> None:
    account = binding("User", "x")
    account["subjects"] = [{"kind": "ServiceAccount", "name": "robot", "namespace": "ops"}]
    mappings = {"username": {"claim": "preferred_username", "prefix": ""}}
    holders = report(run, [entry(PEOPLE, mappings)], [account])["issuers"][0]["holders"]
    assert "system:serviceaccount:ops:robot" in names(holders)
    tree = report(run, [entry(PEOPLE, {"username": {**mappings["username"], "prefix": "p:"}})], [account])
    assert (tree["issuers"][0]["holders"], tree["unreachable"]) == ([], [])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rules", "users"),
    [
        ((), ["ci:repo:<repository>:pull_request", "ci:repo:<repository>:ref:<ref>"]),
        (("claims.event_name == 'push'",), ["ci:repo:<repository>:ref:<ref>"]),
        (
            ("claims.sub == 'repo:a/b:ref:refs/heads/x' || claims.sub == 'repo:a/c:ref:refs/heads/x'",),
            ["ci:repo:a/b:ref:refs/heads/x", "ci:repo:a/c:ref:refs/heads/x"],
        ),
        (
            (
                "claims.repository in ['a/b']",
                "claims.ref == 'refs/heads/main' && claims.event_name == 'push'",
            ),
            ["ci:repo:a/b:ref:refs/heads/main"],
        ),
        (("claims.sub.startsWith('repo:a/')",), ["ci:repo:a/<…>"]),
        (("claims.sub == 'x' && claims.sub == 'y'",), []),
    ],
)
def test_users_are_shown_as_the_rules_pin_them(run, rules: tuple[str, ...], users: list[str]) -> None:
    shown = report(run, [entry(FORGEJO, SUB, *rules)], [])["issuers"][0]["users"]
    assert [name for name in shown if "<ownerId>" not in name and "a-" not in name] == users


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("claims.sub == 'a' && claims.ref != 'b'", "no"),
        ("claims.email_verified == true", "email_verified is true"),
        ("claims.email_verified", "no"),
        ("!(claims.sub == 'a')", 'not: sub is "a"'),
        ("claims.sub.endsWith('a') && claims.ref.contains('b')", 'sub ends with "a" and ref contains "b"'),
    ],
)
def test_rules_are_said_in_words_or_by_their_message(run, rule: str, words: str) -> None:
    status, out, _ = run([entry(PEOPLE, SUB, rule)], [], "--format", "json")
    if status == 0:
        (condition,) = json.loads(out)["issuers"][0]["conditions"]
        assert condition == {"field": "jwt[0].claimValidationRules[0]", "words": words, "rule": rule}
    else:
        assert rule == "claims.email_verified", "which is no boolean to the API server"


@needs_examples
@pytest.mark.parametrize(
    "name", sorted(path.name for path in EXAMPLES.iterdir()) if EXAMPLES.is_dir() else []
)
def test_in_every_example_each_binding_is_reached_and_each_token_is_accepted(name: str, capsys) -> None:
    folder = EXAMPLES / name
    assert (
        main(["access", str(folder / "auth.yaml"), "--rbac", str(folder / "rbac.yaml"), "--format", "json"])
        == 0
    )
    tree = json.loads(capsys.readouterr().out)
    assert tree["unreachable"] == []
    checked = check((folder / "auth.yaml").read_bytes(), Context())
    assert checked.configuration is not None
    authenticator = Authenticator(checked.configuration)
    holders = [holder for issuer in tree["issuers"] for holder in issuer["holders"]]
    assert holders
    for holder in holders:
        outcome = authenticator.authenticate(json.dumps(holder["token"]))
        assert isinstance(outcome, Authenticated)
        assert holder["name"] in (outcome.user.username, *outcome.user.groups)
