"""`kube-oidc check --workflow`: jobs that get no token, are refused, can't do what they try, or are unsafe."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from kube_oidc.cli import main
from kube_oidc.jobs.kubectl import Need, Opaque, needs
from kube_oidc.jobs.model import Line
from kube_oidc.rbac.question import described

CONFIG = """\
apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
jwt:
- issuer: {{url: {url}, audiences: [kubernetes]}}
  claimValidationRules:
  - {{expression: 'claims.{owner} == "my-org"', message: only my-org}}
  - {{expression: '{rule}', message: event not trusted}}
  claimMappings:
    username: {{claim: sub, prefix: "ci:"}}
"""
EVENTS = 'claims.event_name in ["push", "workflow_dispatch", "schedule", "release"]'
URLS = {
    "github": ("https://token.actions.githubusercontent.com", "repository_owner", EVENTS),
    "forgejo": ("https://git.example.org/api/actions", "repository_owner", EVENTS),
    "gitlab": ("https://gitlab.com", "namespace_path", "true"),
}
SUBJECTS = {
    "github": "ci:repo:my-org/site:ref:refs/heads/main",
    "forgejo": "ci:repo:my-org/site:ref:refs/heads/main",
    "gitlab": "ci:project_path:my-org/site:ref_type:branch:ref:main",
}
RBAC = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {{name: deploy, namespace: site}}
rules:
- {{apiGroups: [apps], resources: [deployments], verbs: [get, list, watch, patch]}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: deploy, namespace: site}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: deploy}}
subjects: [{{apiGroup: rbac.authorization.k8s.io, kind: User, name: "{subject}"}}]
"""
GITHUB = """\
on: {{push: {{branches: [main]}}}}
jobs:
  deploy:
    runs-on: ubuntu-latest
    {permissions}
    env: {{AUDIENCE: kubernetes}}
    steps:
    - run: |
        {script}
"""
ALLOWED = "permissions: {id-token: write}"
DEPLOY = "kubectl set image deployment/site site=x:1 -n site && kubectl rollout status deploy/site -n site"


def checked(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    workflow: str,
    forge: str = "github",
    repository: str = "my-org/site",
) -> list[tuple[str, str, int, str]]:
    """Severity, code, line and message of each finding on the workflow."""
    url, owner, rule = URLS[forge]
    (tmp_path / "auth.yaml").write_text(CONFIG.format(url=url, owner=owner, rule=rule.replace("'", "''")))
    (tmp_path / "rbac.yaml").write_text(RBAC.format(subject=SUBJECTS[forge]))
    name = {
        "github": ".github/workflows/d.yml",
        "forgejo": ".forgejo/workflows/d.yml",
        "gitlab": ".gitlab-ci.yml",
    }
    path = tmp_path / name[forge]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(workflow)
    arguments = [str(tmp_path / "auth.yaml"), f"--rbac={tmp_path / 'rbac.yaml'}", f"--workflow={path}"]
    main(["check", *arguments, f"--repository={repository}", "--format=json"])
    reports = json.loads(capsys.readouterr().out)["files"]
    (report,) = [report for report in reports if report["path"] == str(path)]
    return [(each["severity"], each["code"], each["line"], each["message"]) for each in report["diagnostics"]]


def github(script: str, permissions: str = ALLOWED, on: str = "") -> str:
    text = GITHUB.format(permissions=permissions, script=script.replace("\n", "\n        "))
    return text.replace("{push: {branches: [main]}}", on) if on else text


def test_a_good_job_has_no_findings(capsys, tmp_path):
    assert checked(capsys, tmp_path, github(DEPLOY)) == []


FAULTY = {
    "no permissions": (
        github(DEPLOY, "permissions: {contents: read}"),
        [("error", "token-not-allowed", 3, "job deploy requests an ID token, but may not: ")],
    ),
    "another audience": (
        github(DEPLOY).replace("AUDIENCE: kubernetes", "AUDIENCE: kubernets"),
        [("error", "job-audience-unknown", 6, "job deploy requests the audience 'kubernets'; ")],
    ),
    "another audience in a URL": (
        github('curl --header @- "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=sts"\n' + DEPLOY),
        [("error", "job-audience-unknown", 9, "job deploy requests the audience 'sts'; ")],
    ),
    "another branch": (
        github(DEPLOY, on="{push: {branches: [dev]}}"),
        [
            (
                "error",
                "job-cannot",
                9,
                "ci:repo:my-org/site:ref:refs/heads/dev (push to refs/heads/dev) cannot get, patch, list, watch "
                "deployments.apps in namespace site, which this line needs",
            ),
        ],
    ),
    "only pull requests": (
        github(DEPLOY, on="[pull_request]"),
        [
            (
                "error",
                "job-token-refused",
                3,
                "job deploy: the token of pull_request to refs/pull/1/merge is refused: ",
            )
        ],
    ),
    "also pull requests": (
        github(DEPLOY, on="{push: {branches: [main]}, pull_request: {}}"),
        [
            (
                "info",
                "job-token-refused",
                3,
                "job deploy: the token of pull_request to refs/pull/1/merge is refused: ",
            )
        ],
    ),
    "an environment": (
        github(DEPLOY, f"environment: production\n    {ALLOWED}"),
        [
            (
                "error",
                "job-cannot",
                10,
                "ci:repo:my-org/site:environment:production (push to refs/heads/main) cannot ",
            ),
        ],
    ),
    "a verb that isn't granted": (
        github("kubectl -n site delete deployment site"),
        [
            (
                "error",
                "job-cannot",
                9,
                "ci:repo:my-org/site:ref:refs/heads/main (push to refs/heads/main) cannot delete ",
            )
        ],
    ),
    "another namespace": (
        github("kubectl rollout restart deploy site"),
        [
            (
                "error",
                "job-cannot",
                9,
                "ci:repo:my-org/site:ref:refs/heads/main (push to refs/heads/main) cannot get, patch",
            )
        ],
    ),
    "a token as an argument": (
        github('kubectl --token="$TOKEN" get deployments -n site'),
        [("warning", "token-in-argument", 9, "the token is in an argument list")],
    ),
    "a token in the log": (
        github('echo "$ID_TOKEN"\n' + DEPLOY),
        [("warning", "token-in-log", 9, "the token is printed into the job's log")],
    ),
    "set -x": (
        github("set -eux\n" + DEPLOY),
        [("warning", "token-in-log", 9, "`set -x` prints every command")],
    ),
    "no TLS": (
        github("kubectl --insecure-skip-tls-verify get deployments -n site"),
        [("warning", "tls-not-verified", 9, "the server's certificate isn't verified")],
    ),
    "builds as well": (
        github("docker build -t x:1 .\n" + DEPLOY),
        [("warning", "job-builds-and-deploys", 9, "job deploy builds and can request ID tokens")],
    ),
    "manifests": (
        github("kubectl apply -k overlays/prod"),
        [
            (
                "info",
                "job-not-checked",
                9,
                "job deploy: what kubectl apply needs depends on files that are not read",
            )
        ],
    ),
}


@pytest.mark.parametrize(("workflow", "expected"), FAULTY.values(), ids=FAULTY)
def test_a_faulty_job(capsys, tmp_path, workflow, expected):
    found = checked(capsys, tmp_path, workflow)
    wanted = [each[:3] for each in expected]
    assert [each[:3] for each in found if each[:3] in wanted or each[1] != "job-cannot"] == wanted, found
    for each in expected:
        assert any(other[:3] == each[:3] and other[3].startswith(each[3]) for other in found), found


FORGEJO = """\
on: [push]
jobs:
  deploy:
    runs-on: docker
    {allowed}
    steps:
    - uses: https://github.com/example/kube-oidc@v1
      with: {{audience: kubernetes}}
    - run: kubectl set image deployment/site site=x -n site
"""


def test_forgejo(capsys, tmp_path):
    found = checked(capsys, tmp_path, FORGEJO.format(allowed="timeout-minutes: 5"), "forgejo")
    assert [each[:3] for each in found] == [("error", "token-not-allowed", 3)]
    found = checked(capsys, tmp_path, FORGEJO.format(allowed="enable-openid-connect: true"), "forgejo")
    assert [each[:3] for each in found] == [("error", "job-cannot", 9)]  # a push to any branch
    assert "any-branch (an example)" in found[0][3] or "any-branch" in found[0][3]


GITLAB = """\
stages: [deploy]
.template: {{script: [ignored]}}
deploy:
  stage: deploy
  {tokens}
  script:
  - kubectl set image deployment/site site=x -n site
  - KUBECONFIG=x kubectl rollout status deployment/site -n site
  rules:
  - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
"""


def test_gitlab(capsys, tmp_path):
    found = checked(capsys, tmp_path, GITLAB.format(tokens="id_tokens: {T: {aud: kubernetes}}"), "gitlab")
    assert found == []
    found = checked(capsys, tmp_path, GITLAB.format(tokens="id_tokens: {T: {aud: other}}"), "gitlab")
    assert [each[:3] for each in found] == [("error", "job-audience-unknown", 5)]
    assert (
        checked(capsys, tmp_path, GITLAB.format(tokens="when: manual"), "gitlab") == []
    )  # asks for no token


LINES = {
    "kubectl set image deployment/blog blog=x -n shop": [
        'get deployments.apps "blog" in namespace shop',
        "patch",
    ],
    "kubectl rollout status sts/db": [
        "get statefulsets.apps",
        "list statefulsets.apps",
        "watch statefulsets.apps",
    ],
    "kubectl get pods": ["list pods in the whole cluster"],
    "kubectl get pod web -n shop": ['get pods "web" in namespace shop'],
    "kubectl logs web -n shop": ['get pods/log "web" in namespace shop'],
    "kubectl exec -n shop web -- sh": ['create pods/exec "web" in namespace shop'],
    "kubectl scale deploy blog --replicas=3 -n shop": [
        'get deployments.apps "blog"',
        "patch deployments.apps/scale",
    ],
    "kubectl get nodes -n shop": ["list nodes in the whole cluster"],
    "KUBECONFIG=a kubectl delete cm x -n shop": ['delete configmaps "x" in namespace shop'],
    'kubectl patch deployment "$NAME" -n shop -p x': ["get deployments.apps in namespace shop", "patch"],
    "if kubectl get secret s -n a; then :; fi": [],
    "kubectl delete pvc data -n shop": ['delete persistentvolumeclaims "data" in namespace shop'],
    "kubectl delete deployments.apps/blog -n shop": ['delete deployments.apps "blog" in namespace shop'],
    "kubectl delete clusterrole x -n shop": [
        'delete clusterroles.rbac.authorization.k8s.io "x" in the whole cluster'
    ],
    "kubectl auth whoami": [],
    "echo kubectl get pods": [],
    "kubectl frobnicate x": [],
}


@pytest.mark.parametrize("text", LINES)
def test_what_a_line_needs(text):
    found = [need for need in needs([Line(1, text)], "") if isinstance(need, Need)]
    shown = [described(need.request) for need in found]
    assert len(shown) == len(LINES[text]), shown
    for one, expected in zip(shown, LINES[text], strict=True):
        assert one.startswith(expected), shown


def test_lines_that_go_on_are_joined():
    found = list(
        needs([Line(3, "kubectl delete \\"), Line(4, "  deployment x \\"), Line(5, "  -n shop")], "")
    )
    assert [(type(each), each.line.number) for each in found] == [(Need, 3)]
    assert [type(each) for each in needs([Line(1, "helm upgrade x ./chart")], "")] == [Opaque]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--workflow=d.yml"], "--workflow requires --repository OWNER/NAME"),
        (["--workflow=missing.yml", "--repository=a/b"], "--workflow: cannot read missing.yml"),
        (["--workflow=broken.yml", "--repository=a/b"], "--workflow: broken.yml:1: not valid YAML"),
        (
            ["--workflow=other.yml", "--repository=a/b"],
            "--workflow: other.yml is not a workflow: it has no `jobs`",
        ),
        (["--workflow=empty", "--repository=a/b"], "--workflow empty: no .yml or .yaml file in it"),
    ],
)
def test_bad_input_is_one_line(capsys, tmp_path, monkeypatch, arguments, reason):
    monkeypatch.chdir(tmp_path)
    url, owner, rule = URLS["github"]
    Path("auth.yaml").write_text(CONFIG.format(url=url, owner=owner, rule=rule))
    Path("broken.yml").write_text("a: ]")
    Path("other.yml").write_text("a: b")
    Path("empty").mkdir()
    assert main(["check", "auth.yaml", *arguments]) == 2
    assert reason in capsys.readouterr().err
