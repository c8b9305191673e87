"""`kube-oidc audit`: who used which grant, from lines as the API server writes them (tests/e2e/test_audit.py)."""

from __future__ import annotations

import gzip
import io
import json
import sys
from pathlib import Path

import pytest
from kube_oidc.cli import main

CONFIG = """\
apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
jwt:
- issuer: {url: https://git.example.org/api/actions, audiences: [kubernetes]}
  claimMappings:
    username: {claim: sub, prefix: "forgejo:"}
"""
RBAC = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: deploy, namespace: blog}
rules:
- {apiGroups: [apps], resources: [deployments], verbs: [get, list, patch, delete]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: deploy, namespace: blog}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: deploy}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: "forgejo:repo:adam/blog:ref:refs/heads/main"}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: idle, namespace: blog}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: deploy}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: "forgejo:repo:adam/idle:ref:refs/heads/main"}]
"""
MAIN = "forgejo:repo:adam/blog:ref:refs/heads/main"
ALLOWED = f'RBAC: allowed by RoleBinding "deploy/blog" of Role "deploy" to User "{MAIN}"'
CANARY = "eyJhbGciOiJSUzI1NiJ9.canary.canary"


def event(
    verb: str, code: int = 200, user: str = MAIN, day: int = 1, reason: str = ALLOWED, **more: object
) -> str:
    """A line of the log at level RequestResponse, with a body that must never be shown."""
    content = {
        "kind": "Event",
        "apiVersion": "audit.k8s.io/v1",
        "level": "RequestResponse",
        "stage": "ResponseComplete",
        "requestURI": f"/apis/apps/v1/namespaces/blog/deployments/blog?token={CANARY}",
        "verb": verb,
        "user": {"username": user, "groups": ["system:authenticated"], "extra": {"x": [CANARY]}},
        "objectRef": {"resource": "deployments", "namespace": "blog", "name": "blog", "apiGroup": "apps"},
        "responseStatus": {"code": code, "message": CANARY},
        "requestObject": {"secret": CANARY},
        "stageTimestamp": f"2026-11-{day:02}T10:00:00.000000Z",
        "annotations": {
            "authorization.k8s.io/decision": "forbid" if code == 403 else "allow",
            "authorization.k8s.io/reason": "" if code == 403 else reason,
        },
        **more,
    }
    return json.dumps(content, separators=(",", ":")) + "\n"


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "auth.yaml").write_text(CONFIG)
    (tmp_path / "rbac.yaml").write_text(RBAC)
    return tmp_path


def audit(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(["audit", *arguments])
    printed = capsys.readouterr()
    assert CANARY not in printed.out + printed.err
    return status, printed.out, printed.err


def test_the_report_names_issuer_grant_and_refusals(files, capsys):
    (files / "audit.log").write_text(
        event("get")
        + event("patch", day=2)
        + event("delete", code=403, day=3)
        + event("list", user="system:kube-scheduler")
        + event("list", user="", code=401, stage="ResponseStarted")
        + event("get", stage="RequestReceived")
    )
    assert audit(capsys, "audit.log", "--config", "auth.yaml") == (
        0,
        """\
5 requests in 6 lines, from 2026-11-01T10:00:00Z to 2026-11-03T10:00:00Z

user forgejo:repo:adam/blog:ref:refs/heads/main  (https://git.example.org/api/actions)
  3 requests, last 2026-11-03T10:00:00Z
  RoleBinding blog/deploy, Role deploy: 2 requests, last 2026-11-02T10:00:00Z
    get, patch deployments.apps in blog
  refused: delete deployments.apps in blog: 1 request, last 2026-11-03T10:00:00Z

refused credentials (401): 1 request, last 2026-11-01T10:00:00Z
  the audit log doesn't have the reason; the API server's own log does (Unable to authenticate the request)
""",
        "",
    )


def test_unused_grants_and_the_rules_that_would_have_been_enough(files, capsys):
    (files / "audit.log").write_text(event("get") + event("patch", day=29))
    status, out, _ = audit(capsys, "audit.log", "--config=auth.yaml", "--rbac=rbac.yaml", "--unused-days=20")
    assert status == 1
    assert out.endswith("""\

grants without a request in 20 days: 1
  RoleBinding blog/idle, Role deploy: no request in the log

RoleBinding blog/deploy, Role deploy: allows more than was used
  unused: list deployments.apps, delete deployments.apps
  these rules would have been enough:
    - apiGroups:
        - apps
      resources:
        - deployments
      verbs:
        - get
        - patch
""")


def test_a_grant_used_long_ago_is_unused(files, capsys):
    (files / "audit.log").write_text(event("get") + event("get", day=29, user="forgejo:x", reason=""))
    status, out, _ = audit(capsys, "audit.log", "--config=auth.yaml", "--rbac=rbac.yaml", "--unused-days=20")
    assert status == 1
    assert "RoleBinding blog/deploy, Role deploy: last request 2026-11-01T10:00:00Z\n" in out


def test_a_short_log_says_that_it_is_short(files, capsys):
    (files / "audit.log").write_text(event("get") + event("get", day=3))
    _, out, _ = audit(capsys, "audit.log", "--config=auth.yaml", "--rbac=rbac.yaml", "--unused-days=30")
    assert "the log covers only 2.0 days: include older files to be sure\n" in out


def test_rotated_gzip_and_standard_input_are_one_log(files, capsys, monkeypatch):
    (files / "old.log.gz").write_bytes(gzip.compress(event("get").encode()))
    (files / "audit.log").write_text(event("patch", day=2))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(event("list", day=3).encode())))
    status, out, _ = audit(capsys, "old.log.gz", "audit.log", "-", "--config=auth.yaml", "--format=json")
    found = json.loads(out)
    assert (status, found["version"], found["requests"], found["days"]) == (0, 1, 3, 2.0)
    (identity,) = found["identities"]
    assert sorted(used["verb"] for used in identity["grants"][0]["used"]) == ["get", "list", "patch"]


def test_damage_is_reported_with_its_place_and_the_rest_is_read(files, capsys):
    whole = event("get")
    (files / "audit.log").write_text(f"{whole}nonsense\n{{}}\n[1]\n{whole}\n{whole[:200]}")
    (files / "cut.log.gz").write_bytes(gzip.compress(whole.encode() * 50)[:-20])
    status, out, err = audit(capsys, "audit.log", "cut.log.gz", "--config=auth.yaml")
    assert (status, err) == (0, "")
    assert "  audit.log:2: not JSON\n  audit.log:3: not an audit event\n  audit.log:4: not JSON\n" in out
    assert "  audit.log:7: the line is truncated\n" in out
    assert "  cut.log.gz:" in out
    assert "the compressed file is damaged" in out
    assert "user forgejo:repo:adam/blog" in out


def test_impersonation_is_attributed_to_both(files, capsys):
    other = {"impersonatedUser": {"username": MAIN}}
    (files / "audit.log").write_text(event("get", user="alice", **other))
    _, out, _ = audit(capsys, "audit.log", "--config=auth.yaml")
    assert (
        f"user {MAIN}  (https://git.example.org/api/actions)\n  1 request, last 2026-11-01T10:00:00Z\n" in out
    )
    assert "  impersonated by alice: 1 request, last 2026-11-01T10:00:00Z\n" in out


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["missing.log"], "cannot read missing.log: No such file or directory"),
        (["auth.yaml"], "not an audit log: auth.yaml:1: not JSON (expected one JSON event per line)"),
        (["empty.log", "--unused-days=3"], "--unused-days requires --rbac or --live"),
        (
            ["empty.log", "--config=rbac.yaml"],
            "rbac.yaml is not an AuthenticationConfiguration",
        ),
    ],
)
def test_bad_input_is_one_line(files, capsys, arguments, reason):
    (files / "empty.log").write_text("")
    status, out, err = audit(capsys, *arguments)
    assert (status, out) == (2, "")
    assert reason in err


def test_an_empty_log_is_no_error(files, capsys):
    (files / "empty.log").write_text("")
    assert audit(capsys, "empty.log")[:2] == (
        0,
        "0 requests in 0 lines\n\nno request of an identity from these issuers\n",
    )
