"""`kube-oidc access`: who may do what, in every format; the page in a browser is tests/browser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from kube_oidc.authenticate import Authenticated, Authenticator
from kube_oidc.checker import check
from kube_oidc.cli import main
from kube_oidc.validation import Context

EXAMPLES = Path(__file__).parents[3] / "examples"
HEAD = {"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthenticationConfiguration"}
FORGEJO = "https://git.example.org/api/actions"
PEOPLE = "https://sso.example.org/realms/main"
GROUP = "rbac.authorization.k8s.io"
SUB = {"username": {"claim": "sub", "prefix": "ci:"}}
MAIN = "ci:repo:adam/blog:ref:refs/heads/main"

needs_examples = pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the examples are not in the package")


def entry(url: str, mappings: dict[str, Any], *rules: str, user: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "issuer": {"url": url, "audiences": ["kubernetes"]},
        "claimMappings": mappings,
        "claimValidationRules": [{"expression": rule, "message": "no"} for rule in rules],
        "userValidationRules": [{"expression": rule, "message": "a rule on the user"} for rule in user],
    }


def binding(
    kind: str, name: str, role: str = "edit", namespace: str = "blog", label: str = "one"
) -> dict[str, Any]:
    metadata = {"name": label, "namespace": namespace} if namespace else {"name": label}
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
        "metadata": metadata,
        "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", "name": role},
        "subjects": [{"kind": kind, "name": name, "apiGroup": GROUP}],
    }


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Runs the command on these entries and objects: exit status, standard output, standard error."""

    def called(entries: list[Any], objects: list[Any], *more: str) -> tuple[int, str, str]:
        (tmp_path / "auth.yaml").write_text(yaml.safe_dump({**HEAD, "jwt": entries}))
        (tmp_path / "rbac.yaml").write_text(yaml.safe_dump_all(objects))
        status = main(["access", str(tmp_path / "auth.yaml"), "--rbac", str(tmp_path / "rbac.yaml"), *more])
        captured = capsys.readouterr()
        return status, captured.out.replace(f"{tmp_path}/", ""), captured.err

    return called


OWNED = entry(FORGEJO, SUB, "claims.repository_owner == 'adam'", "claims.event_name in ['push']")


def test_the_text_says_who_may_do_what_and_why(run) -> None:
    role = {
        "apiVersion": f"{GROUP}/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "deployer"},
        "rules": [{"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get", "patch"]}],
    }
    status, out, err = run([OWNED], [role, binding("User", MAIN, "deployer")])
    assert (status, err) == (0, "")
    assert (
        out
        == """\
https://git.example.org/api/actions (Forgejo Actions)  jwt[0]
  audience  kubernetes
  accepts   repository_owner is "adam"
            event_name is "push"
  users     ci:repo:adam/<name>:ref:<ref>
            ci:repo:adam-<ownerId>/<name>-<repositoryId>:ref:<ref>
  groups    none
  User ci:repo:adam/blog:ref:refs/heads/main
    ClusterRole deployer in blog  [RoleBinding one, rbac.yaml:14]
      get, patch deployments.apps
      see also: grant-workloads

1 issuer makes 1 user or group that bindings name, by 1 grant; made by none: 0; Kubernetes' own: 51
"""
    )


def report(run, entries: list[Any], objects: list[Any]) -> dict[str, Any]:
    status, out, err = run(entries, objects, "--format", "json")
    assert (status, err) == (0, "")
    tree: dict[str, Any] = json.loads(out)
    assert tree["version"] == 1
    return tree


def names(holders: list[dict[str, Any]]) -> list[str]:
    return [holder["name"] for holder in holders]


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


def test_bindings_that_no_issuer_leads_to_are_told(run) -> None:
    stranger = MAIN.replace("adam", "eve")
    objects = [
        binding("User", MAIN),
        binding("User", stranger, label="two"),
        binding("Group", "ops", label="three"),
    ]
    tree = report(run, [OWNED], objects)
    assert names(tree["issuers"][0]["holders"]) == [MAIN]
    assert names(tree["unreachable"]) == [stranger, "ops"]


def test_what_is_bound_to_every_accepted_token_stands_apart(run) -> None:
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


def test_the_page_needs_nothing_and_lets_nothing_in(run) -> None:
    evil = '</script><script>alert(1)</script><img src=x onerror="alert(1)">'
    objects = [binding("Group", f"g:{evil}", evil.replace("/", "\\")), binding("User", evil, label="two")]
    people = entry(PEOPLE, {**SUB, "groups": {"claim": "groups", "prefix": "g:"}})
    status, out, _ = run([people], objects, "--format", "html")
    assert status == 0
    assert out.count("<script>") == out.count("</script>") == 1
    assert "<img" not in out and 'http-equiv="Content-Security-Policy" content="default-src \'none\';' in out
    assert "&lt;script&gt;alert(1)" in out
    lowered = out.lower()
    assert not any(text in lowered for text in ('src="http', "url(", "@import", "<link", "unsafe-inline"))


def test_the_same_files_make_the_same_page(run) -> None:
    assert run([OWNED], [binding("User", MAIN)], "--format", "html") == run(
        [OWNED], [binding("User", MAIN)], "--format", "html"
    )


def test_control_characters_of_names_do_not_reach_the_terminal(run) -> None:
    _, out, _ = run([OWNED], [binding("User", "a\x1b[31m\nb\u202e")])
    assert "User a\\x1b[31m\\nb\\u202e" in out


def test_what_the_api_server_would_refuse_of_rbac_is_said_and_is_status_one(run) -> None:
    status, out, _ = run([OWNED], [binding("Robot", "x")])
    assert status == 1
    assert 'rbac.yaml:1: RoleBinding one: subjects[0].kind: Unsupported value: "Robot"' in out


def test_findings_stand_beside_their_issuer(run) -> None:
    groups = {**SUB, "groups": {"claim": "groups", "prefix": ""}}
    tree = report(run, [OWNED, entry(PEOPLE, groups)], [])
    assert [[found["code"] for found in issuer["findings"]] for issuer in tree["issuers"]][1] == [
        "system-groups"
    ]
    assert "system-groups" in run([entry(PEOPLE, groups)], [])[1]


def test_findings_on_a_binding_stand_beside_its_grants(run) -> None:
    objects = [
        binding("User", MAIN, "cluster-admin", ""),
        binding("Group", "system:authenticated", label="two"),
    ]
    tree = report(run, [OWNED], objects)
    (holder,) = tree["issuers"][0]["holders"]
    assert [found["code"] for found in holder["grants"][0]["findings"]] == ["grant-everything"]
    own = [grant for grant in tree["everyone"][0]["grants"] if not grant["builtin"]]
    assert "granted-to-everyone" in [found["code"] for found in own[0]["findings"]]
    assert "[grant-everything]" in run([OWNED], objects)[1]
    assert ">grant-everything</span>" in run([OWNED], objects, "--format", "html")[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["absent.yaml"], "absent.yaml cannot be read: No such file or directory"),
        (["bad.yaml"], "the API server refuses"),
        (["bad.yaml", "--kubernetes-version", "x"], "kubernetes"),
    ],
)
def test_what_cannot_be_run_is_said_in_one_line(
    tmp_path: Path, capsys, monkeypatch, words: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bad.yaml").write_text(yaml.safe_dump({**HEAD, "jwt": [{}]}))
    assert main(["access", *words]) == 2
    err = capsys.readouterr().err
    assert said in err.lower() if said == "kubernetes" else said in err
