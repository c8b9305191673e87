"""`kube-oidc explain` about a job or a person, without a token."""

from __future__ import annotations

import json

import pytest
from kube_oidc.cli import main

HEAD = "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\njwt:\n"
ENTRY = """\
  - issuer: {{url: {url}, audiences: [k8s]}}
    claimMappings:
      username: {{claim: {claim}, prefix: "{prefix}"}}
      groups: {{claim: {groups}, prefix: "{prefix}"}}
"""
FORGEJO = (
    ENTRY.format(url="https://git.example.org/api/actions", claim="sub", groups="groups", prefix="forgejo:")
    + """\
    claimValidationRules:
      - expression: claims.event_name == 'push'
        message: only pushes
"""
)
PEOPLE = ENTRY.format(url="https://sso.example.org/realms/main", claim="email", groups="roles", prefix="sso:")
OWN = ENTRY.format(url="https://lab.example.org", claim="sub", groups="groups", prefix="lab:")
BINDING = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: blog}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: "forgejo:repo:adam/blog:ref:refs/heads/main"}]
"""


@pytest.fixture
def run(capsys, tmp_path):
    (tmp_path / "rbac.yaml").write_text(BINDING)

    def call(entries: str, *arguments: str) -> tuple[int, str, str]:
        (tmp_path / "auth.yaml").write_text(HEAD + entries)
        words = [word.replace("RBAC", str(tmp_path / "rbac.yaml")) for word in arguments]
        try:
            status = main(["explain", str(tmp_path / "auth.yaml"), *words])
        except SystemExit as stop:
            status = int(str(stop.code))
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return call


def test_every_token_of_a_run_is_shown_with_its_user(run):
    status, output, errors = run(FORGEJO + PEOPLE, "--repository", "adam/blog")
    assert status == 0
    titles = [line for line in output.splitlines() if line.startswith("Forgejo")]
    assert titles == [
        "Forgejo Actions 15:",
        "Forgejo Actions 16, names in the subject:",
        "Forgejo Actions 16, numbers in the subject:",
    ]
    assert output.count("becomes the user forgejo:repo:adam/blog:ref:refs/heads/main\n") == 2
    assert errors == (
        "kube-oidc explain: for the numbers, add --owner-id and --repository-id; this prints them: "
        "curl -s https://git.example.org/api/v1/repos/adam/blog | jq .owner.id,.id\n"
    )


def test_permissions_are_asked_for_each_of_them(run):
    """The grant covers the names and not the numbers, so the answer is no."""
    ids = ("--owner-id", "2", "--repository-id", "17")
    words = ("--repository", "adam/blog", "--rbac", "RBAC", "--can", "list pods", "--format", "json")
    status, output, errors = run(FORGEJO, *words, *ids)
    documents = [json.loads(line) for line in output.splitlines()]
    assert [document["access"]["answers"][0]["allowed"] for document in documents] == [True, True, False]
    assert documents[2]["token"]["title"] == "Forgejo Actions 16, numbers in the subject"
    assert documents[2]["token"]["claims"]["sub"] == "repo:adam-2/blog-17:ref:refs/heads/main"
    assert (status, errors) == (1, "")
    status, output, _ = run(FORGEJO, *words, *ids, "--forge-version", "15")
    assert (status, len(output.splitlines())) == (0, 1)


def test_a_refused_run_is_refused_with_the_reason(run):
    status, output, _ = run(FORGEJO, "--repository", "adam/blog", "--event", "pull_request_target")
    assert status == 1
    assert output.count("failed: only pushes") == 3


def test_a_person(run):
    flags = ("--email", "ada@example.org", "--groups", "ops,dev")
    status, output, _ = run(FORGEJO + PEOPLE, *flags)
    assert status == 0
    assert "becomes the user sso:ada@example.org\n  groups: sso:ops, sso:dev, system:authenticated" in output
    status, output, _ = run(FORGEJO + PEOPLE, "--username", "ada")
    assert (status, 'parse username claims "email": claim not present' in output) == (1, True)


def test_a_self_hosted_forge_is_named_by_its_provider(run):
    status, output, _ = run(OWN, "--provider", "gitlab", "--repository", "group/site")
    assert status == 0
    assert "becomes the user lab:project_path:group/site:ref_type:branch:ref:main" in output


def test_an_environment_that_tokens_do_not_have_is_noted(run):
    errors = run(FORGEJO, "--repository", "a/b", "--environment", "production")[2]
    assert "kube-oidc explain: tokens of Forgejo Actions don't contain the environment\n" in errors


def test_an_unknown_event_is_noted(run):
    errors = run(FORGEJO, "--repository", "a/b", "--event", "pul_request")[2]
    assert "unknown event 'pul_request': Forgejo Actions has push, workflow_dispatch" in errors
    assert "unknown event" not in run(FORGEJO, "--repository", "a/b", "--event", "pull_request")[2]


@pytest.mark.parametrize(
    ("flags", "reason"),
    [
        ([], "missing the token: add --token-file or --claims; --log for the API server's log; --repository"),
        (["--ref", "refs/heads/main"], "--ref requires --repository OWNER/NAME"),
        (["--owner-id", "1"], "--owner-id requires --repository OWNER/NAME"),
        (["--provider", "forgejo"], "--provider requires --repository for a job, or --email"),
        (
            ["--repository", "a/b", "--email", "a@b"],
            "--repository is a job's and --email a person's: use one",
        ),
        (["--claims", "-", "--repository", "a/b"], "remove --repository, --email"),
        (["--repository", "a/b", "--online"], "--online and --keys require --token-file"),
        (
            ["--repository", "a/b", "--ref", "main"],
            "--ref 'main': expected a full ref, such as refs/heads/main",
        ),
        (
            ["--repository", "a/b", "--provider", "github"],
            "auth.yaml is GitHub Actions; it has: https://git.example",
        ),
        (["--email", "a@b"], "auth.yaml is for people; it has: https://git.example.org/api/actions"),
    ],
)
def test_what_makes_no_token_is_refused(run, flags, reason):
    status, output, errors = run(FORGEJO, *flags)
    assert (status, output) == (2, "")
    assert reason in errors
