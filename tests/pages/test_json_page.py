"""docs/json.md has every key of `status`, `apply`, `explain`, `audit` and `test`, and no other."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from kube_oidc.apply import Action, Applied, Loading, Outcome
from kube_oidc.audit import Audit
from kube_oidc.audit.events import GrantKey, Used
from kube_oidc.audit.narrower import Narrower, Unused, enough
from kube_oidc.audit.usage import Count, GrantUse, Identity
from kube_oidc.authn.authenticate import Authenticated, Refused, Step, Undecided
from kube_oidc.authn.keys import Key, KeySet
from kube_oidc.authn.refusals import Refusal
from kube_oidc.cluster.metrics import IssuerMetrics, ServerMetrics
from kube_oidc.cluster.objects import Key as ObjectKey
from kube_oidc.cluster.server import ServerReport, Unanswered
from kube_oidc.issuers.report import IssuerReport
from kube_oidc.model import UserInfo
from kube_oidc.policy.model import Result
from kube_oidc.policy.model import Status as ExpectationStatus
from kube_oidc.rbac import Binding, Objects, Policy, Request, Role, Rule, Subject
from kube_oidc.rbac.answer import permissions
from kube_oidc.report import apply_json, audit_json, explanation, policy, refusal, status_json
from kube_oidc.report import permissions as report
from kube_oidc.status import Status, Written
from kube_oidc.status.commits import Commit
from kube_oidc.status.fleet import Cluster, Fleet
from kube_oidc.status.problems import problems

PAGE = Path(__file__).parents[2] / "docs" / "json.md"
BY_NAME = {"reloads", "tokens", "extra"}  # objects whose keys are results or names


def keys(value: object, inside: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, below in value.items():
            if inside not in BY_NAME:
                yield key
            yield from keys(below, key)
    elif isinstance(value, list):
        for item in value:
            yield from keys(item, inside)


def status() -> object:
    metrics = ServerMetrics(
        "sha256:b", {"failure": 1}, {"failure": 1.0}, {"x": IssuerMetrics({"success": 1}, {"success": 1.0})}
    )
    server = ServerReport("https://a", "v1.36.3", "u", (), metrics, 0.0, (Unanswered("metrics", "no"),))
    issuer = IssuerReport("https://i", "https://i/d", keys=KeySet((Key("k", "RSA", "RS256", 2048, ()),), ""))
    found = Status(Written("f", "sha256:a", 0.0, "", ()), (server,), (issuer,), 2.0)
    commits = {"sha256:b": Commit("abc1234", "auth.yaml", "subject")}
    fleet = Fleet(None, (Cluster("c", found, ()),), (issuer,), (), 2.0)
    return [
        status_json.as_json(found, problems(found), commits),
        status_json.fleet_as_json(fleet, commits),
    ]


def apply() -> object:
    outcome = Outcome(ObjectKey("Role", "n", "r"), Action.CREATED)
    return apply_json.as_json(Applied("f", "sha256:a", "https://a", Loading(True), (outcome,), False))


def explain() -> object:
    role, rule = (
        Role("r", "n", (Rule(("get",), ("",), ("pods",)),)),
        Request("get", "", "pods", namespace="n"),
    )
    binding = Binding("b", "Role", "r", "n", (Subject("User", "u"),))
    policy = Policy(Objects((role,), (binding,)))
    asked = [(rule, ""), (Request("delete", "", "pods", namespace="n"), "v")]
    allowed = permissions(policy, UserInfo("u"), asked, complete=True)
    step = Step("n", "f", "r")
    return [
        explanation.as_json(Authenticated("i", UserInfo("u"), (step,)))
        | {"access": report.as_json(allowed, ())},
        explanation.as_json(Refused("r", (step,)), "t", {}),
        explanation.as_json(Undecided("r", (step,))),
        refusal.as_json(Refusal("r", "s", (("f", "i"),), (), "n", ()), 1),
    ]


def audit() -> object:
    used, count = Used("get", "apps", "deployments", "", "n", ""), Count(1, "2026-11-30T10:00:00Z")
    use = GrantUse(
        "Role r", count, {used: count, used._replace(api_group="", resource="", path="/metrics"): count}
    )
    identity = Identity("u", "https://i", count, {GrantKey("n", "b"): use}, {used: count}, {"v": count})
    binding = Binding("b", "Role", "r", "n", (Subject("User", "u"),))
    wider = Narrower(binding, enough(use.used), ("list deployments.apps",))
    return json.loads(
        audit_json.render_json(Audit(identities={"u": identity}), [wider], [Unused(binding, "")])
    )


def expectations() -> object:
    result = Result(1, "n", ExpectationStatus.FAILED, "m", "shown", {"sub": "s"})
    content = json.loads(policy.render([policy.Tested("f", (result,))], "json"))
    content["files"][0]["results"][0]["claims"] = None  # its keys are the token's
    return content


@pytest.mark.skipif(not PAGE.exists(), reason="the package's own check has no docs/")
@pytest.mark.parametrize(
    ("command", "made"),
    [("status", status), ("apply", apply), ("explain", explain), ("audit", audit), ("test", expectations)],
)
def test_the_page_has_every_key_and_no_other(command: str, made: object) -> None:
    section = PAGE.read_text("utf-8").split(f"## `kube-oidc {command} --format json`")[1].split("\n## ")[0]
    told = set(re.findall(r"`(\w+)`", section))
    assert callable(made)
    assert set(keys(made())) == told
