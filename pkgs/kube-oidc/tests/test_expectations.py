"""`kube-oidc test`: examples of tokens, and invariants that are proved or refuted."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from kube_oidc.cli import main
from kube_oidc.policy.load import ExpectationsError, load
from kube_oidc.policy.model import Status
from kube_oidc.proof import solver

needs_solver = pytest.mark.skipif(
    not solver.is_available(), reason="cvc5 is not installed: nothing is proved"
)

CONFIG = """\
apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
jwt:
- issuer: {url: https://git.example.org/api/actions, audiences: [kubernetes]}
  claimValidationRules:
  - expression: claims.?repository_owner.orValue("") == "adam"
    message: only adam
  claimMappings:
    username: {claim: sub, prefix: "forgejo:"}
- issuer: {url: https://sso.example.org, audiences: [kubernetes]}
  claimValidationRules:
  - expression: claims.email.endsWith("@example.org") && claims.?email_verified.orValue(false) == true
    message: only us
  claimMappings:
    username: {claim: email, prefix: "sso:"}
    groups: {expression: "claims.?team.orValue('') == 'ops' ? ['ops'] : []"}
"""
RBAC = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: deploy, namespace: blog}
rules:
- {apiGroups: [apps], resources: [deployments], verbs: [get, patch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: deploy, namespace: blog}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: deploy}
subjects:
- {apiGroup: rbac.authorization.k8s.io, kind: User, name: "forgejo:repo:adam/blog:ref:refs/heads/main"}
- {apiGroup: rbac.authorization.k8s.io, kind: Group, name: ops}
"""
SSO = "https://sso.example.org"


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("auth.yaml").write_text(CONFIG)
    Path("rbac.yaml").write_text(RBAC)
    return tmp_path


def run_on(capsys: pytest.CaptureFixture[str], text: str, *arguments: str) -> tuple[int, str, str]:
    Path("expected.yaml").write_text(f"config: auth.yaml\nrbac: [rbac.yaml]\n{text}")
    status = main(["test", "expected.yaml", *arguments])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def one(capsys: pytest.CaptureFixture[str], text: str) -> tuple[str, str, dict | None]:
    """Status, message and token of the file's only expectation."""
    code, out, err = run_on(capsys, text, "--format=json")
    (result,) = json.loads(out)["files"][0]["results"]
    assert (code == 0, err) == (result["status"] == "passed", "")
    return result["status"], result["message"], result["claims"]


RUN = "run: {repository: adam/blog, forgeVersion: '15'"
FOR_EXAMPLES = {
    "the user": (f"{RUN}}}, user: 'forgejo:repo:adam/blog:ref:refs/heads/main'", "passed", ""),
    "another user": (
        f"{RUN}}}, user: x",
        "failed",
        "becomes forgejo:repo:adam/blog:ref:refs/heads/main, expected x",
    ),
    "what it can": (f"{RUN}}}, can: [patch deployments.apps -n blog]", "passed", ""),
    "what it cannot": (f"{RUN}}}, cannot: [delete deployments.apps -n blog, get secrets]", "passed", ""),
    "it cannot": (
        f"{RUN}}}, can: [patch deployments.apps -n shop]",
        "failed",
        "forgejo:repo:adam/blog:ref:refs/heads/main cannot patch deployments.apps -n shop",
    ),
    "it can": (
        f"{RUN}}}, cannot: [get deployments.apps -n blog]",
        "failed",
        "forgejo:repo:adam/blog:ref:refs/heads/main can get deployments.apps -n blog: RBAC: allowed by",
    ),
    "refused": ("run: {repository: eve/blog}, refused: only adam", "passed", ""),
    "refused for any reason": ("run: {repository: eve/blog}, refused: true", "passed", ""),
    "refused for another reason": (
        "run: {repository: eve/blog}, refused: only eve",
        "failed",
        "is refused for another reason: ",
    ),
    "not refused": (
        f"{RUN}}}, refused: true",
        "failed",
        "should be refused, but becomes forgejo:repo:adam/blog:ref:refs/heads/main",
    ),
    "a person": ("person: {email: ada@example.org}, user: 'sso:ada@example.org', groups: []", "passed", ""),
    "claims": (
        f"issuer: {SSO}, claims: {{email: a@example.org, email_verified: true, team: ops}}, groups: [ops]",
        "passed",
        "",
    ),
    "claims without issuer": (
        "claims: {email: a@example.org}, refused: true",
        "error",
        "the configuration has several issuers: add issuer, or claims.iss",
    ),
    "no issuer": (
        "issuer: https://other.example, claims: {a: b}, refused: true",
        "error",
        "names no issuer of the configuration, which has: https://git.example.org/api/actions, ",
    ),
    "expects nothing": (f"{RUN}}}", "error", "expects nothing: add user, groups, refused, can or cannot"),
    "no source": ("user: x", "error", "expected one of run, person, claims: none given"),
    "contradiction": (f"{RUN}}}, refused: true, user: x", "error", "a refused token has no user"),
    "unknown field": (f"{RUN}}}, usr: x", "error", "unexpected name"),
    "no question": (f"{RUN}}}, can: [patch]", "error", "'patch' is no"),
}


@pytest.mark.parametrize(("text", "status", "message"), FOR_EXAMPLES.values(), ids=FOR_EXAMPLES)
def test_an_example(capsys, text, status, message):
    found = one(capsys, f"tests: [{{{text}}}]")
    assert found[0] == status, found
    assert found[1].startswith(message) if message else found[1] == ""


ONLY_ADAM = "tokens: claims.repository_owner == 'adam', issuer: https://git.example.org/api/actions"
FOR_INVARIANTS = {
    "never: a system group": ("never: {group: 'system:masters'}", "passed", ""),
    "never: a group that some get": ("never: {group: ops}", "failed", "a token is in the group ops as sso:"),
    "never: a user": ("never: {user: 'sso:ada@example.com'}", "passed", ""),
    "never: a user that is possible": ("never: {user: 'sso:ada@example.org'}", "failed", "a token becomes "),
    "never: what no one can": ("never: {can: list secrets}", "passed", ""),
    "never: what some can": (
        "never: {can: patch deployments.apps -n blog}",
        "failed",
        "a token can patch deployments.apps -n blog as ",
    ),
    "never: other tokens": ("never: {tokens: claims.team == 'dev', group: ops}", "passed", ""),
    "only": (f"only: {{group: ops, issuer: {SSO}, tokens: claims.team == 'ops'}}", "passed", ""),
    "only: tokens without the claim don't count": (
        f"only: {{group: ops, issuer: {SSO}, tokens: claims.other == 'x' || claims.team == 'ops'}}",
        "passed",
        "",
    ),
    "only: a token that lacks the claim isn't meant": (
        f"only: {{user: 'sso:a@example.org', issuer: {SSO}, tokens: claims.team == 'ops'}}",
        "failed",
        "a token becomes sso:a@example.org as sso:a@example.org",
    ),
    "only: another issuer": (
        f"only: {{can: patch deployments.apps -n blog, {ONLY_ADAM}}}",
        "failed",
        "a token can patch deployments.apps -n blog as sso:",
    ),
    "only: trivially, as no one can": (
        "only: {can: delete nodes, tokens: claims.team == 'ops'}",
        "failed",
        "trivially true: no token can delete nodes",
    ),
    "only: trivially, as everyone is meant": (
        "only: {can: patch deployments.apps -n blog, tokens: 'true'}",
        "failed",
        "trivially true: every token is one of these tokens",
    ),
    "always": (
        f"always: {{issuer: {SSO}, tokens: claims.email == 'a@example.org' && claims.email_verified == true}}",
        "passed",
        "",
    ),
    "always: and can": (
        f"always: {{issuer: {SSO}, can: get deployments.apps -n blog, tokens: "
        "claims.email == 'a@example.org' && claims.email_verified == true && claims.team == 'ops'}",
        "passed",
        "",
    ),
    "always: cannot": (
        f"always: {{issuer: {SSO}, can: get secrets, tokens: "
        "claims.email == 'a@example.org' && claims.email_verified == true}",
        "failed",
        "a token cannot get secrets as sso:a@example.org",
    ),
    "always: refused": (
        f"always: {{issuer: {SSO}, tokens: claims.email == 'a@example.org'}}",
        "failed",
        "such a token is refused",
    ),
    "always: no such token": (
        f"always: {{issuer: {SSO}, tokens: claims.email == 'a@example.com'}}",
        "failed",
        "no accepted token is one of these tokens",
    ),
    "no condition": (
        "never: {tokens: claims.ref, user: x}",
        "error",
        "tokens: 'claims.ref' is not a condition",
    ),
    "no CEL": (
        "never: {tokens: 'claims.ref = 1', user: x}",
        "error",
        "tokens: compilation failed: ",
    ),
    "no issuer": (
        "never: {issuer: https://x.example, user: x}",
        "error",
        "issuer https://x.example is not in the configuration",
    ),
    "two subjects": ("never: {user: x, group: y}", "error", "never: expected one of can, user, group"),
    "no tokens": ("only: {user: x}", "error", "only: tokens is missing: which tokens may?"),
    "no kind": ("name: x", "error", "expected one of only, never, always: none given"),
}


@needs_solver
@pytest.mark.parametrize(("text", "status", "message"), FOR_INVARIANTS.values(), ids=FOR_INVARIANTS)
def test_an_invariant(capsys, text, status, message):
    found = one(capsys, f"invariants: [{{{text}}}]")
    assert found[0] == status, found
    assert found[1].startswith(message) if message else found[1] == ""


def test_without_a_solver_an_invariant_is_undecided(capsys, monkeypatch):
    monkeypatch.setattr(solver, "_module", lambda: None)
    monkeypatch.setattr(solver, "_program", lambda: None)
    status, message, _ = one(capsys, "invariants: [{never: {group: x}}]")
    assert (status, "pip install 'kube-oidc[proof]'" in message) == ("undecided", True)
    status, message, _ = one(capsys, "invariants: [{never: {group: x}, allowUndecided: true}]")
    assert (status, message.startswith("not decided: ")) == ("passed", True)


TWO = "tests:\n- name: first\n  run: {repository: eve/blog}\n  user: x\n- {name: second, user: y}\n"


def test_text_names_the_lines(capsys):
    code, out, err = run_on(capsys, TWO)
    lines = [line for line in out.splitlines() if not line.startswith("  token: ")]
    assert (code, err) == (1, "")
    assert lines[0] == "expected.yaml:4: failed: first (shown)"
    assert lines[1].startswith("  is refused: ")
    assert lines[2:] == [
        "expected.yaml:7: error: second",
        "  expected one of run, person, claims: none given",
        "2 expectations: 0 passed, 1 failed, 1 error",
    ]


def test_annotations_and_junit_name_the_lines(capsys):
    _, out, _ = run_on(capsys, TWO, "--format=github")
    assert [line.split("::")[1] for line in out.splitlines()] == [
        "error file=expected.yaml,title=kube-oidc expectation,line=4,col=1",
        "error file=expected.yaml,title=kube-oidc expectation,line=7,col=1",
    ]
    _, out, _ = run_on(capsys, TWO, "--format=junit")
    (suite,) = ET.fromstring(out)
    assert (suite.attrib["tests"], suite.attrib["failures"], suite.attrib["errors"]) == ("2", "1", "1")
    assert [case.attrib["line"] for case in suite] == ["4", "7"]
    assert [each.tag for case in suite for each in case] == ["failure", "error"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it has neither `tests` nor `invariants`"),
        ("- a", "expected one YAML mapping"),
        ("tests: [", "line 2: not valid YAML"),
        ("tests: {}", "it has neither"),
        ("tests: x", "tests: expected a list"),
        ("rules: []", "unexpected name 'rules'"),
        ("config: 3", "expected string"),
        (
            "a: &a [x, x]\nb: &b [*a, *a]\n" + "".join(f"c{n}: &c{n} [*b, *b]\n" for n in range(3)),
            "unexpected name",
        ),
    ],
)
def test_a_file_that_cannot_be_used_says_why(text, reason):
    with pytest.raises(ExpectationsError) as caught:
        load(text or "{}")
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "missing FILE"),
        (["missing.yaml"], "missing.yaml"),
        (["no-config.yaml"], "which configuration? Set `config` in the file, or use --config"),
        (["--init=auth.yaml", "expected.yaml"], "--init PATH writes a new file"),
    ],
)
def test_usage_errors(capsys, arguments, reason):
    Path("no-config.yaml").write_text("tests: [{claims: {}, refused: true}]")
    assert main(["test", *arguments]) == 2
    printed = capsys.readouterr()
    assert (printed.out, reason in printed.err) == ("", True), printed.err


@needs_solver
def test_a_first_file_passes(capsys):
    assert main(["test", "--init=auth.yaml", "--rbac=rbac.yaml"]) == 0
    text = capsys.readouterr().out
    Path("first.yaml").write_text(text)
    expected = load(text)
    assert [example.user for example in expected.examples] == ["forgejo:repo:adam/blog:ref:refs/heads/main"]
    assert len(expected.invariants) >= 3
    assert main(["test", "first.yaml"]) == 0, capsys.readouterr().out


def test_statuses_are_those_of_the_schema():
    assert {status.value for status in Status} == {"passed", "failed", "undecided", "error"}


NUMBERED = {
    "forgejo": ("https://git.example.org/api/actions", "repo:adam-2/blog-17:ref:refs/heads/main"),
    "github": ("https://token.actions.githubusercontent.com", "repo:adam@2/blog@17:ref:refs/heads/main"),
}


@needs_solver
@pytest.mark.slow
@pytest.mark.parametrize(("url", "subject"), NUMBERED.values(), ids=NUMBERED)
def test_a_subject_with_numbers_has_the_name_of_the_repository(capsys, url: str, subject: str) -> None:
    # Without the owner, Forgejo's subject can also be that of adam-2's repository blog-17.
    rule = """claimValidationRules: [{expression: 'claims.repository_owner == "adam"'}]"""
    mapping = f"{rule}, claimMappings: {{username: {{claim: sub, prefix: 'forgejo:'}}}}"
    head = "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\n"
    Path("auth.yaml").write_text(
        f"{head}jwt: [{{issuer: {{url: '{url}', audiences: [kubernetes]}}, {mapping}}}]"
    )
    Path("rbac.yaml").write_text(RBAC.replace("repo:adam/blog:ref:refs/heads/main", subject))
    can = "name: only the blog, only: {can: patch deployments.apps -n blog, tokens: 'claims.repository =="
    assert one(capsys, f"""invariants: [{{{can} "adam/blog"'}}}}]""")[0] == "passed"
    assert one(capsys, f"""invariants: [{{{can} "adam/blog2"'}}}}]""")[0] == "failed"
