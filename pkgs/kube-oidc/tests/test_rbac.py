"""RBAC, against what a kube-apiserver answered (recorded/rbac*; tests/e2e/test_rbac*.py ask it)."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from kube_oidc.model import UserInfo
from kube_oidc.rbac import Policy, Request, load, with_builtin
from recorded.rbac import assert_same
from recorded.rows import rows

OBJECTS = Path(__file__).parent / "recorded" / "rbac.yaml"
DECISIONS = list(rows("rbac-decisions.jsonl"))
TRIED = {row["title"]: row for row in rows("rbac-objects.jsonl")}
FORMS = {row["title"]: row for row in rows("rbac-forms.jsonl")}
ERROR = re.compile(r"^(?:The \w+ \"[^\"]*\" is invalid: |\* )([\w.\[\]]+): (.*)$", re.MULTILINE)


@pytest.fixture(scope="module")
def policy() -> Policy:
    """Those of the recorded objects, with the roles that every cluster has."""
    loaded = load([OBJECTS])
    assert (loaded.problems, loaded.ignored) == ((), {"ConfigMap": 1})
    return Policy(with_builtin(loaded.objects))


@pytest.mark.parametrize("row", DECISIONS, ids=[f"{row['user']} {row['request']}" for row in DECISIONS])
def test_the_decision_is_the_api_servers(policy: Policy, row: dict[str, Any]) -> None:
    user = UserInfo(row["user"], groups=tuple(row["groups"]))
    decision = policy.allows(user, Request(**row["request"]))
    assert (decision.allowed, decision.reason) == (row["allowed"], row["reason"])


@pytest.mark.parametrize("title", TRIED)
def test_an_object_is_refused_for_the_api_servers_reasons(tmp_path: Path, title: str) -> None:
    said = TRIED[title]["said"]
    (tmp_path / "object.json").write_text(json.dumps(TRIED[title]["object"]))
    loaded = load([tmp_path])
    ours = [problem.message.partition(": ")[2] for problem in loaded.problems if problem.refused]
    theirs = [f"{field}: {text}" for field, text in ERROR.findall(said) if "invalid label" not in text]
    assert bool(ours) == bool(said), (ours, said)
    if theirs:  # else the object could not be decoded
        assert len(ours) == len(theirs), (ours, theirs)
        assert all(their.startswith(our) for our, their in zip(ours, theirs, strict=True)), (ours, theirs)


@pytest.mark.parametrize("title", FORMS)
def test_a_file_has_the_roles_that_kubectl_makes_of_it(tmp_path: Path, title: str) -> None:
    file = tmp_path / "rbac.yaml"
    file.write_text(FORMS[title]["text"], encoding="utf-8", newline="")
    assert sorted(role.name for role in load([file]).objects.roles) == FORMS[title]["roles"]


@pytest.mark.parametrize("row", list(rows("rbac-builtin.jsonl")), ids=lambda row: row["title"])
def test_a_file_over_a_builtin_object_changes_what_it_says(tmp_path: Path, row: dict[str, Any]) -> None:
    assert_same(row, tmp_path)
