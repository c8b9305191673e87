"""`access --compare`: the pull request's comment on six changes, worst first, with one token per cause."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from kube_oidc.cli import main
from kube_oidc.proof import solver

GROUP = "rbac.authorization.k8s.io"
GITHUB, PEOPLE = "https://token.actions.githubusercontent.com", "https://sso.example.org/realms/main"
REPOSITORY, REF = "claims.repository == 'acme/shop'", "claims.ref == 'refs/heads/main'"
SUBJECT = "repo:acme/shop:ref:refs/heads/main"


def entry(url: str, *rules: str, prefix: str = "gh:", groups: str | None = None) -> dict[str, Any]:
    mappings: dict[str, Any] = {"username": {"claim": "sub", "prefix": prefix}}
    if groups is not None:
        mappings["groups"] = {"claim": "groups", "prefix": groups}
    return {
        "issuer": {"url": url, "audiences": ["cluster"]},
        "claimMappings": mappings,
        "claimValidationRules": [{"expression": rule} for rule in rules],
    }


def binding(kind: str, name: str, role: str) -> dict[str, Any]:
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": "RoleBinding",
        "metadata": {"name": f"{role}-{kind.lower()}", "namespace": "shop"},
        "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", "name": role},
        "subjects": [{"kind": kind, "name": name, "apiGroup": GROUP}],
    }


PINNED, UNPINNED = entry(GITHUB, REPOSITORY, REF), entry(GITHUB, REPOSITORY)
GRANTS = [binding("User", f"gh:{SUBJECT}", "edit"), binding("Group", "deployers", "admin")]
ELSEWHERE = {"sub": "repo:acme/shop:ref:refs/heads/another", "ref": "refs/heads/another"}
NO_ONE, SOME = "No one new gets in", "some tokens become different users"
# Entries and bindings before and after; how the first line begins; the claims shown; the sections.
CHANGES: dict[str, tuple[Any, Any, str, list[Any], list[str]]] = {
    "prefix dropped": (
        ([PINNED], GRANTS),
        ([entry(GITHUB, REPOSITORY, REF, prefix="")], GRANTS),
        f"{NO_ONE}, but {SOME}.",
        [("renamed", {"sub": SUBJECT})],
        [
            "Tokens that become a different user",
            "New findings",
            "Changed issuers",
            "Lost permissions",
            "Resolved findings",
        ],
    ),
    "ref unpinned": (
        ([PINNED], GRANTS),
        ([UNPINNED], GRANTS),
        "Someone new gets in.",
        [("let-in", ELSEWHERE)],
        ["Newly accepted tokens", "Changed issuers"],
    ),
    "group mapping widened": (
        ([entry(PEOPLE, groups="p:")], GRANTS),
        ([entry(PEOPLE, groups="")], GRANTS),
        f"No one new was found to get in (not proved), but {SOME} and permissions are gained.",
        [("renamed", {"groups": ["deployers"]})],
        [
            "Tokens that become a different user",
            "Gained permissions",
            "New findings",
            "Not decided",
            "Changed issuers",
            "Resolved findings",
        ],
    ),
    "new issuer": (
        ([PINNED], GRANTS),
        ([PINNED, entry(PEOPLE, "claims.department == 'shop'")], GRANTS),
        "Someone new gets in.",
        [("let-in", {"sub": "3fa4c0de-7f0a-4f63-9e9f-2d6a7c1f8b11", "department": "shop"})],
        ["Newly accepted tokens", "Changed issuers"],
    ),
    "bound to everyone": (
        ([PINNED], GRANTS),
        ([PINNED], [*GRANTS, binding("Group", "system:authenticated", "edit")]),
        f"{NO_ONE}, but everyone gains permissions.",
        [],
        ["Gained permissions", "New findings"],
    ),
    "ref narrowed": (
        ([UNPINNED], GRANTS),
        ([PINNED], GRANTS),
        f"{NO_ONE}.",
        [("shut-out", ELSEWHERE)],
        ["Changed issuers", "Newly refused tokens"],
    ),
}


def compared(folder: Path, before: Any, after: Any, form: str) -> int:
    head = {"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthenticationConfiguration"}
    for side, (entries, grants) in (("old", before), ("new", after)):
        (folder / f"{side}.yaml").write_text(yaml.safe_dump({**head, "jwt": entries}))
        (folder / f"{side}-rbac.yaml").write_text(yaml.safe_dump_all(grants))
    files = [str(folder / "new.yaml"), f"--compare={folder / 'old.yaml'}"]
    rbac = [f"--rbac={folder / 'new-rbac.yaml'}", f"--compare-rbac={folder / 'old-rbac.yaml'}"]
    return main(["access", *files, *rbac, f"--format={form}"])


@pytest.mark.slow
@pytest.mark.skipif(not solver.is_available(), reason="cvc5 is not installed: nothing is proved")
@pytest.mark.parametrize("name", CHANGES)
def test_comment(tmp_path, capsys, name):
    before, after, first, tokens, sections = CHANGES[name]
    assert compared(tmp_path, before, after, "markdown") == 0
    comment = capsys.readouterr().out
    assert comment.startswith(f"**{first}** ")
    titles = [line.removeprefix("### ") for line in comment.splitlines() if line.startswith("### ")]
    assert titles == sections
    assert compared(tmp_path, before, after, "json") == 0
    found = json.loads(capsys.readouterr().out)["tokens"]
    assert [(token["change"], token["telling"]) for token in found] == tokens


def test_the_worst_permission_comes_first(tmp_path, capsys):
    before, after, *_ = CHANGES["group mapping widened"]
    assert compared(tmp_path, before, after, "json") == 0
    gained = [holder["name"] for holder in json.loads(capsys.readouterr().out)["holders"] if holder["gained"]]
    assert gained[:2] == ["system:masters", "deployers"]


def test_a_token_is_one_the_issuer_can_sign(tmp_path, capsys):
    before, after, *_ = CHANGES["ref unpinned"]
    assert compared(tmp_path, before, after, "json") == 0
    (token,) = json.loads(capsys.readouterr().out)["tokens"]
    assert token["after"]["username"] == f"gh:{ELSEWHERE['sub']}"
    assert token["claims"]["ref"] in token["claims"]["sub"] and "exp" in token["claims"]
