"""The module and the checker agree on one table (agreement.nix): what is valid, pinned and reachable.

Evaluation only looks at the options, the checker tries tokens. So evaluation may let something pass that the checker
reports at build time, but it never refuses what the checker accepts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, Final

import pytest
from kube_oidc.rbac.files import load
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.identities import Identities
from kube_oidc.rules.shared_issuer_unpinned import rule as shared_issuer_unpinned
from kube_oidc.verdict.validate_file import check
from kube_oidc.verdict.validation import Context

TABLE: Final = Path(__file__).parent / "agreement.nix"
CONTEXT: Final = Context(service_account_issuers=("https://kubernetes.default.svc",))
# What evaluation can't see: a rule that names the claim of an owner and accepts almost every one.
REPORTED_AT_BUILD: Final = {
    "anyoneButEve",
    "anyOwnerAtAll",
    "forgejo:repo:eve/site:ref:refs/heads/main",
    "owner:eve",
}


@pytest.fixture(scope="module")
def answers() -> dict[str, dict[str, dict[str, Any]]]:
    """What evaluation says and renders, by table and row."""
    from .conftest import run, why_not

    if reason := why_not():
        pytest.skip(reason)
    answer: CompletedProcess[str] = run(
        "nix-instantiate", "--eval", "--strict", "--json", str(TABLE), "--arg", "lib", "import <nixpkgs/lib>"
    )
    assert answer.returncode == 0, answer.stderr
    found: dict[str, dict[str, dict[str, Any]]] = json.loads(answer.stdout)
    return found


def disagreements(
    rows: dict[str, dict[str, Any]], is_refused: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    """Rows that one of the two refuses; evaluation's reasons."""
    return {name: row["refusals"] for name, row in rows.items() if bool(row["refusals"]) != is_refused(row)}


def config(row: dict[str, Any]) -> ConfigUnderReview:
    """The rendered file, which must be valid."""
    checked = check(row["file"].encode(), CONTEXT)
    assert checked.configuration is not None, checked.diagnostics
    return ConfigUnderReview(checked.configuration)


def test_evaluation_refuses_the_issuers_that_kubernetes_refuses(answers: dict[str, Any]) -> None:
    found = disagreements(answers["issuers"], lambda row: not check(row["file"].encode(), CONTEXT).accepted)
    assert found == {}


def test_evaluation_refuses_the_rules_that_kubernetes_refuses(
    answers: dict[str, Any], tmp_path: Path
) -> None:
    def is_refused(row: dict[str, Any]) -> bool:
        file = tmp_path / "objects.yaml"
        file.write_text("\n---\n".join(map(json.dumps, row["objects"])))
        return any(problem.refused for problem in load([str(file)]).problems)

    assert disagreements(answers["rules"], is_refused) == {}


def test_evaluation_and_checker_agree_on_what_pins_an_owner(answers: dict[str, Any]) -> None:
    found = disagreements(answers["pins"], lambda row: any(shared_issuer_unpinned.check(config(row))))
    assert set(found) == REPORTED_AT_BUILD & set(answers["pins"])
    assert not any(found.values()), "evaluation refuses what the checker accepts"


@pytest.mark.parametrize(("table", "kind"), [("users", "User"), ("groups", "Group")])
def test_evaluation_and_checker_agree_on_who_is_unreachable(
    answers: dict[str, Any], table: str, kind: str
) -> None:
    rows = answers[table]
    found = {
        name: row["refusals"]
        for name, row in rows.items()
        if bool(row["refusals"]) == is_reachable(row, kind, name)
    }
    assert set(found) == REPORTED_AT_BUILD & set(rows)
    assert not any(found.values()), "evaluation refuses what the checker accepts"


def test_every_user_of_a_workload_is_one_that_a_token_becomes(answers: dict[str, Any]) -> None:
    rows = answers["workloads"]
    users = [(row, name, user) for name, row in rows.items() for user in subjects(row)]
    assert {name for _, name, _ in users} == set(rows)
    assert [(name, user) for row, name, user in users if not is_reachable(row, "User", user)] == []


def is_reachable(row: dict[str, Any], kind: str, name: str) -> bool:
    """Does some token of the rendered file's issuers become this user, or get this group?"""
    return any(Identities(entry).can_produce(kind, name) is not None for entry in config(row).entries)


def subjects(row: dict[str, Any]) -> Iterator[str]:
    """The names in the rendered bindings."""
    for item in row["objects"]:
        yield from (subject["name"] for subject in item.get("subjects", ()))
