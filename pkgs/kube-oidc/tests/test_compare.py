"""`kube-oidc access --compare`: what a change lets in and shuts out; each token is tried on both sides."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from kube_oidc.authn.authenticate import Authenticated, Authenticator, Refused
from kube_oidc.cli import main
from kube_oidc.proof import solver
from kube_oidc.verdict.validate_file import check
from kube_oidc.verdict.validation import Context

HEAD = {"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthenticationConfiguration"}
FORGEJO = "https://git.example.org/api/actions"
PEOPLE = "https://sso.example.org/realms/main"
GROUP = "rbac.authorization.k8s.io"
SUB = {"username": {"claim": "sub", "prefix": "ci:"}}
OWNER = "claims.repository_owner == 'adam'"
PUSH = "claims.event_name in ['push', 'schedule']"
LET_IN, SHUT_OUT, RENAMED = "let-in", "shut-out", "renamed"


def entry(
    *rules: str, url: str = FORGEJO, mappings: dict[str, Any] = SUB, audiences: tuple[str, ...] = ("a",)
) -> dict[str, Any]:
    issuer: dict[str, Any] = {"url": url, "audiences": list(audiences)}
    if len(audiences) > 1:
        issuer["audienceMatchPolicy"] = "MatchAny"
    claim_rules = [{"expression": rule} for rule in rules]
    return {"issuer": issuer, "claimMappings": mappings, "claimValidationRules": claim_rules}


def binding(name: str, kind: str = "User", role: str = "view", label: str = "one") -> dict[str, Any]:
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": "RoleBinding",
        "metadata": {"name": label, "namespace": "blog"},
        "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", "name": role},
        "subjects": [{"kind": kind, "name": name, "apiGroup": GROUP}],
    }


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Runs the comparison of two lists of entries: exit status, standard output."""

    def called(
        old: list[Any], new: list[Any], rbac: Any = (), old_rbac: Any = None, form: str = "json"
    ) -> Any:
        for name, entries in (("old.yaml", old), ("new.yaml", new)):
            (tmp_path / name).write_text(yaml.safe_dump({**HEAD, "jwt": entries}))
        (tmp_path / "rbac.yaml").write_text(yaml.safe_dump_all(rbac))
        words = ["access", str(tmp_path / "new.yaml"), "--compare", str(tmp_path / "old.yaml")]
        words += ["--rbac", str(tmp_path / "rbac.yaml"), "--format", form]
        if old_rbac is not None:
            (tmp_path / "before.yaml").write_text(yaml.safe_dump_all(old_rbac))
            words += ["--compare-rbac", str(tmp_path / "before.yaml")]
        status = main(words)
        out = capsys.readouterr().out.replace(f"{tmp_path}/", "")
        return json.loads(out) if form == "json" and status == 0 else (status, out)

    return called


CHANGES: dict[str, tuple[list[Any], list[Any], set[str]]] = {
    "nothing": ([entry(OWNER, PUSH)], [entry(OWNER, PUSH)], set()),
    "the order of the rules": ([entry(OWNER, PUSH)], [entry(PUSH, OWNER)], set()),
    "a rule that says the same": ([entry(OWNER)], [entry("'adam' == claims.repository_owner")], set()),
    "a rule less": ([entry(OWNER, PUSH)], [entry(PUSH)], {LET_IN}),
    "a rule more": ([entry(PUSH)], [entry(OWNER, PUSH)], {SHUT_OUT}),
    "one event more": (
        [entry(PUSH)],
        [entry("claims.event_name in ['push', 'schedule', 'release']")],
        {LET_IN},
    ),
    "another owner": ([entry(OWNER)], [entry("claims.repository_owner == 'eve'")], {LET_IN, SHUT_OUT}),
    "an owner's name by its beginning": (
        [entry(OWNER)],
        [entry("claims.repository_owner.startsWith('adam')")],
        {LET_IN},
    ),
    "an issuer more": ([entry(OWNER)], [entry(OWNER), entry(url=PEOPLE)], {LET_IN}),
    "an issuer less": ([entry(OWNER), entry(url=PEOPLE)], [entry(OWNER)], {SHUT_OUT}),
    "an audience more": ([entry(OWNER)], [entry(OWNER, audiences=("a", "b"))], {LET_IN}),
    "another audience": ([entry(OWNER)], [entry(OWNER, audiences=("b",))], {LET_IN, SHUT_OUT}),
    "another prefix": (
        [entry(OWNER)],
        [entry(OWNER, mappings={"username": {"claim": "sub", "prefix": "x:"}})],
        {RENAMED},
    ),
    "groups that were none": (
        [entry(url=PEOPLE)],
        [entry(url=PEOPLE, mappings={**SUB, "groups": {"claim": "groups", "prefix": ""}})],
        {RENAMED, SHUT_OUT},  # a token whose groups are a number
    ),
    "a rule that nobody passes": ([entry(OWNER)], [entry("claims.a == '1' && claims.a == '2'")], {SHUT_OUT}),
}


@pytest.mark.slow
@pytest.mark.parametrize("title", CHANGES)
def test_a_change_is_shown_by_tokens_that_the_sides_take_otherwise(run, title: str, tmp_path: Path) -> None:
    old, new, kinds = CHANGES[title]
    tokens = run(old, new)["tokens"]
    assert {token["change"] for token in tokens} == kinds
    sides = []
    for name in ("old.yaml", "new.yaml"):
        checked = check((tmp_path / name).read_bytes(), Context())
        assert checked.configuration is not None
        sides.append(Authenticator(checked.configuration))
    for token in tokens:
        before, after = (side.authenticate(json.dumps(token["claims"])) for side in sides)
        expected = {LET_IN: (Refused, Authenticated), SHUT_OUT: (Authenticated, Refused)}
        assert (type(before), type(after)) == expected.get(token["change"], (Authenticated, Authenticated))
        if token["change"] == RENAMED:
            assert isinstance(before, Authenticated) and isinstance(after, Authenticated)
            assert before.user != after.user


MAIN = "ci:repo:adam/blog:ref:refs/heads/main"
EVE = MAIN.replace("adam", "eve")


@pytest.mark.slow
def test_who_is_let_in_may_what_its_bindings_say(run) -> None:
    change = run([entry(OWNER)], [entry(PUSH)], [binding(EVE), binding(MAIN, label="two")])
    (holder,) = change["holders"]
    assert (holder["name"], holder["issuers"], holder["lost"]) == (EVE, [FORGEJO], [])
    assert {
        "verb": "list",
        "apiGroup": "",
        "resource": "pods",
        "resourceName": "",
        "namespace": "blog",
    } in holder["gained"]


def test_a_verb_more_is_one_right_more(run) -> None:
    def role(*verbs: str) -> dict[str, Any]:
        rules = [{"apiGroups": ["apps"], "resources": ["deployments"], "verbs": list(verbs)}]
        return {
            "apiVersion": f"{GROUP}/v1",
            "kind": "ClusterRole",
            "metadata": {"name": "own"},
            "rules": rules,
        }

    bound = binding(MAIN, role="own")
    status, text = run(
        [entry(OWNER)], [entry(OWNER)], [role("get", "patch"), bound], [role("get", "list"), bound], "text"
    )
    assert status == 0
    assert text.endswith(f"""\
gained permissions
  User {MAIN}, from {FORGEJO}
    patch deployments.apps in blog

lost permissions
  User {MAIN}, from {FORGEJO}
    list deployments.apps in blog
""")


def test_a_right_that_a_star_included_before_is_not_added(run) -> None:
    change = run(
        [entry(OWNER)], [entry(OWNER)], [binding(MAIN, role="cluster-admin"), binding(MAIN, label="two")],
        [binding(MAIN, role="cluster-admin")],
    )  # fmt: skip
    assert change["holders"] == []


def test_what_is_bound_to_every_token_is_a_change_for_everybody(run) -> None:
    everyone = binding("system:authenticated", "Group")
    status, text = run([entry(OWNER)], [entry(OWNER)], [everyone], [], "text")
    assert status == 0
    assert "gained permissions\n  Group system:authenticated\n    read: ClusterRole view in blog\n" in text


def test_anonymous_requests_are_part_of_the_change(run, tmp_path: Path, capsys) -> None:
    run([entry(OWNER)], [entry(OWNER)])
    old = yaml.safe_load((tmp_path / "old.yaml").read_text())
    (tmp_path / "new.yaml").write_text(yaml.safe_dump({**old, "anonymous": {"enabled": True}}))
    assert main(["access", str(tmp_path / "new.yaml"), "--compare", str(tmp_path / "old.yaml")]) == 0
    assert "anonymous requests are accepted for all paths" in capsys.readouterr().out


def test_no_change_is_said_in_one_sentence(run) -> None:
    _, text = run([entry(OWNER)], [entry(OWNER)], [binding(MAIN)], form="text")
    assert text == "from old.yaml to new.yaml\nNo change in access.\n"


MORE = [
    "`ci:repo:eve/<name>:pull_request`",
    "`ci:repo:eve-<ownerId>/<name>-<repositoryId>:pull_request`",
    "`ci:repo:eve/<name>:ref:<ref>`",
    "`ci:repo:eve-<ownerId>/<name>-<repositoryId>:ref:<ref>`",
]
SUMMARY = (
    "Newly accepted tokens: 1 shown; newly refused: none: proved; different user: none: proved. "
    "Gained permissions: 1; lost permissions: 0."
)
GONE = f"{FORGEJO} produces names like it, but no token of it has the User {EVE!r}"
REASON = (
    "oidc: error evaluating claim validation expression: "
    "validation expression 'claims.repository_owner == 'adam'' failed:"
)


@pytest.mark.slow
@pytest.mark.skipif(not solver.is_available(), reason="cvc5 is not installed: nothing is proved")
def test_markdown_for_a_review(run) -> None:
    _, text = run(
        [entry(OWNER)], [entry("claims.repository_owner in ['adam', 'eve']")], [binding(EVE)], form="markdown"
    )
    assert (
        text
        == f"""\
**Someone new gets in.** {SUMMARY}

Changes in access from `old.yaml` to `new.yaml`.

### Newly accepted tokens

- a token of `{FORGEJO}` with `{{"sub": "repo:eve/site:ref:refs/heads/main", "repository_owner": "eve"}}`
  - before: refused: `{REASON}`
  - after: the user `ci:repo:eve/site:ref:refs/heads/main`

### Gained permissions

- User `{EVE}`, from `{FORGEJO}`
  - read: `ClusterRole view` in `blog`

### Changed issuers

- changed: `{FORGEJO}`
  - no longer requires: `repository_owner is "adam"`
  - requires: `repository_owner is one of "adam", "eve"`
  - produces users: {", ".join(MORE)}

### Resolved findings

- warning: `{GONE}` \\(`subject-of-nobody`\\)
"""
    )


def test_names_of_others_are_no_markup(run) -> None:
    evil = "x`](https://example.org) @everyone <img src=x> **b**\n# heading"
    groups = {**SUB, "groups": {"claim": "groups", "prefix": ""}}
    _, text = run([], [entry(url=PEOPLE, mappings=groups)], [binding(evil, "Group")], form="markdown")
    assert "- Group `` x`](https://example.org) @everyone <img src=x> **b**\\n# heading ``, from" in text
    assert not any(line.startswith("# ") for line in text.splitlines())


def test_added_and_removed_findings_are_reported(run) -> None:
    loose = entry(url=PEOPLE, mappings={**SUB, "groups": {"claim": "groups", "prefix": ""}})
    strict = entry(url=PEOPLE, mappings={**SUB, "groups": {"claim": "groups", "prefix": "p:"}})
    codes = [
        [found["code"] for found in run(*pair)["findings"]["new"]]
        for pair in (([strict], [loose]), ([loose], [strict]))
    ]
    assert "system-groups" in codes[0] and "system-groups" not in codes[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--format", "markdown"], "--format markdown requires --compare OLD (choose from html, text, json)"),
        (["--compare-rbac", "x"], "--compare-rbac requires --compare OLD"),
        (["--compare", "absent.yaml"], "cannot read absent.yaml"),
    ],
)
def test_flags_that_do_not_go_together(
    tmp_path: Path, monkeypatch, capsys, words: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("old.yaml", "new.yaml"):
        Path(name).write_text(yaml.safe_dump({**HEAD, "jwt": []}))
    assert main(["access", "new.yaml", *words]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.skipif(not solver.is_available(), reason="cvc5 is not installed: nothing is proved")
def test_a_rewritten_rule_is_proved_to_let_no_one_else_in(run) -> None:
    rewritten = "!(claims.repository_owner != 'adam')"
    change = run([entry(OWNER)], [entry(rewritten)], [binding(EVE)])
    assert change["tokens"] == []
    assert {(each["change"], each["proved"]) for each in change["proofs"]} == {
        ("let-in", True),
        ("shut-out", True),
        ("renamed", True),
    }


def test_without_a_solver_nothing_is_called_proved(run, monkeypatch) -> None:
    monkeypatch.setattr(solver, "_module", lambda: None)
    monkeypatch.setattr(solver, "_program", lambda: None)
    _, text = run([entry(OWNER)], [entry("!(claims.repository_owner != 'adam')")], [], form="text")
    assert "No one new was found to get in, but that is not proved." in text or "none found" in text
    assert "no solver; install one with pip install 'kube-oidc[proof]'" in text
