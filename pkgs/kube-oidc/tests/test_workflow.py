"""`kube-oidc workflow`: a grant, or flags, become a job; what does not fit the grant is refused."""

from __future__ import annotations

import json
import os
import re

import pytest
import yaml
from kube_oidc.cli import main

FLAGS = [
    "--audience",
    "forgejo",
    "--namespace",
    "site",
    "--deployment",
    "blog",
    "--image",
    "git.example.org/adam/site",
]
CONFIG = {
    "issuers": {
        "forgejo": {
            "provider": "forgejo",
            "audiences": ["kubernetes.example.org", "other"],
            "trust": {"events": ["push", "workflow_dispatch"]},
        },
        "octo": {"provider": "github", "audiences": ["octo"], "trust": {"events": None}},
        "lab": {"provider": "gitlab", "audiences": ["lab"], "trust": {"events": ["web"]}},
        "people": {"provider": "keycloak", "audiences": ["people"]},
        "mute": {"provider": "forgejo", "audiences": []},
    },
    "grants": {
        "blog": {
            "issuer": "forgejo",
            "namespace": ["site"],
            "workload": [
                {"repository": "adam/site", "ref": "refs/heads/release", "tag": None, "environment": None}
            ],
            "rules": [
                {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get", "list", "watch"]}
            ],
        },
        "tags": {
            "issuer": "octo",
            "namespace": "site",
            "workload": {"repository": "o/r", "tag": "v1.0.0"},
            "rules": [],
        },
        "production": {
            "issuer": "octo",
            "namespace": ["site", "shop"],
            "workload": [{"repository": "o/r", "environment": "production"}],
            "preset": "deploy",
            "rules": [],
        },
        "web": {
            "issuer": "lab",
            "namespace": ["site"],
            "workload": [
                {"repository": "g/p", "ref": "refs/heads/main"},
                {"repository": "g/p", "ref": "refs/tags/v2"},
            ],
            "rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}],
        },
        "people": {"issuer": "people", "namespace": ["site"]},
        "mute": {"issuer": "mute", "namespace": ["site"]},
        "lost": {"issuer": "nobody", "namespace": ["site"]},
    },
}


@pytest.fixture
def run(capsys, tmp_path):
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))

    def call(*arguments: str, grant: str = "") -> tuple[int, str, str]:
        words = ["--options", str(tmp_path / "config.json"), "--grant", grant] if grant else []
        try:
            status = main(["workflow", *words, *arguments])
        except SystemExit as stop:
            status = int(str(stop.code))
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return call


def triggers(text: str) -> dict[str, object]:
    return yaml.safe_load(text)[True]["push"]  # YAML 1.1 reads `on` as true


DEPLOYS = ["--deployment", "blog", "--image", "git.example.org/adam/site"]


def test_a_forgejo_job_may_ask_for_tokens(run):
    status, text, errors = run("--provider", "forgejo", *FLAGS)
    assert (status, errors) == (0, "")
    job = yaml.safe_load(text)["jobs"]["deploy"]
    assert job["enable-openid-connect"] is True
    assert "permissions" not in job
    assert job["env"] == {"AUDIENCE": "forgejo", "KUBECTL_KUBERC": "false"}
    assert job["steps"][-2]["env"] == {"IMAGE": "git.example.org/adam/site:${{ github.sha }}"}
    assert triggers(text) == {"branches": ["main"]}


def test_a_github_job_may_ask_for_tokens_and_nothing_else(run):
    _, text, _ = run("--provider", "github", *FLAGS)
    document = yaml.safe_load(text)
    assert document["permissions"] == {}
    assert document["jobs"]["deploy"]["permissions"] == {"id-token": "write"}
    assert "enable-openid-connect" not in text


def test_a_gitlab_job_gets_its_token_in_a_variable(run):
    _, text, _ = run("--provider", "gitlab", *FLAGS, "--branch", "main", "--tag", "v1")
    job = yaml.safe_load(text)["deploy"]
    assert job["id_tokens"] == {"KUBE_ID_TOKEN": {"aud": "forgejo"}}
    assert [rule["if"] for rule in job["rules"]] == [
        '$CI_PIPELINE_SOURCE == "push" && $CI_COMMIT_BRANCH == "main"',
        '$CI_PIPELINE_SOURCE == "push" && $CI_COMMIT_TAG == "v1"',
    ]
    assert job["variables"]["IMAGE"] == "git.example.org/adam/site:$CI_COMMIT_SHA"
    assert all(isinstance(script, str) for script in job["script"])


@pytest.mark.parametrize("provider", ["forgejo", "github", "gitlab"])
@pytest.mark.parametrize("credentials", ["curl", "plugin"])
def test_no_script_traces_itself_and_no_token_is_an_argument(run, provider, credentials):
    _, text, _ = run("--provider", provider, *FLAGS, "--credentials", credentials)
    assert not re.search(r"set -\w*x", text)
    for line in text.splitlines():
        if (
            "TOKEN" in line and "printf" not in line and "[[" not in line
        ):  # builtins: no process, no arguments
            assert "$ACTIONS_ID_TOKEN_REQUEST_TOKEN" not in line
            assert "$KUBE_ID_TOKEN" not in line.replace("token=$KUBE_ID_TOKEN", "")


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("adam/site", "adam/site:${{ github.sha }}"),
        ("localhost:5000/site", "localhost:5000/site:${{ github.sha }}"),
        ("adam/site:v1", "adam/site:v1"),
        ("adam/site@sha256:abc", "adam/site@sha256:abc"),
        ("adam/site:${{ github.run_number }}", "adam/site:${{ github.run_number }}"),
    ],
)
def test_an_image_without_a_tag_gets_the_commits(run, image, expected):
    _, text, _ = run("--provider", "github", *FLAGS[:-1], image)
    assert yaml.safe_load(text)["jobs"]["deploy"]["steps"][-2]["env"]["IMAGE"] == expected


def test_a_grant_says_provider_audience_namespace_and_branch(run):
    status, text, errors = run(*DEPLOYS, grant="blog")
    assert status == 0
    job = yaml.safe_load(text)["jobs"]["deploy"]
    assert job["env"]["AUDIENCE"] == "kubernetes.example.org"
    assert "--namespace site" in job["steps"][-2]["run"]
    assert triggers(text) == {"branches": ["release"]}
    assert errors == "kube-oidc workflow: grant 'blog' doesn't allow patch on deployments.apps\n"


def test_a_grant_for_a_tag_starts_on_that_tag(run):
    _, text, errors = run(*DEPLOYS, grant="tags")
    assert (triggers(text), errors) == ({"tags": ["v1.0.0"]}, "")


def test_a_grant_for_an_environment_puts_the_job_into_it(run):
    status, _, errors = run(*DEPLOYS, grant="production")
    assert (status, errors) == (2, "kube-oidc workflow: missing --namespace (choose from site, shop)\n")
    _, text, errors = run(*DEPLOYS, "--namespace", "shop", grant="production")
    assert yaml.safe_load(text)["jobs"]["deploy"]["environment"] == "production"
    assert errors == ""


def test_a_grant_whose_issuer_refuses_pushes_is_noted(run):
    status, text, errors = run(*DEPLOYS, grant="web")
    assert status == 0
    assert len(yaml.safe_load(text)["deploy"]["rules"]) == 2
    assert (
        errors
        == "kube-oidc workflow: the issuer's trust.events don't include `push`, which starts this job: web\n"
    )


@pytest.mark.parametrize(
    ("arguments", "grant", "reason"),
    [
        (["--provider", "github"], "blog", "--provider 'github' differs from the grant's 'forgejo'"),
        (["--audience", "mine"], "blog", "--audience 'mine' differs from the grant's"),
        (["--namespace", "shop"], "blog", "--namespace 'shop' is not one of the grant's: site"),
        (
            [],
            "people",
            "provider 'keycloak' has no workflow files: --provider takes forgejo, github, gitlab",
        ),
        ([], "mute", "the issuer 'mute' has no audiences"),
        ([], "lost", "grant 'lost': unknown issuer 'nobody'"),
        (
            [],
            "nothing",
            "unknown grant 'nothing' (choose from blog, lost, mute, people, production, tags, web)",
        ),
        (
            ["--provider", "forgejo"],
            "",
            "missing --audience, --namespace (or use --flake or --options with --grant)",
        ),
        (
            ["--audience", "a"],
            "",
            "missing --provider, --namespace (or use --flake or --options with --grant)",
        ),
        (["--grant", "blog"], "", "--grant requires --flake or --options, and each of them requires --grant"),
    ],
)
def test_what_does_not_fit_is_refused(run, arguments, grant, reason):
    status, text, errors = run(*DEPLOYS, *arguments, grant=grant)
    assert (status, text) == (2, "")
    assert reason in errors


@pytest.mark.parametrize(
    ("content", "reason"), [("[]", "grants is missing"), ("{", "invalid JSON"), (None, "No such")]
)
def test_a_file_that_is_no_configuration_is_refused(run, tmp_path, content, reason):
    file = tmp_path / "other.json"
    if content is not None:
        file.write_text(content)
    status, _, errors = run(*DEPLOYS, "--options", str(file), "--grant", "blog")
    assert status == 2
    assert reason in errors


@pytest.mark.parametrize(
    ("flag", "value"),
    [
        ("--audience", "a'b"),
        ("--audience", "a,b"),
        ("--namespace", "a;reboot"),
        ("--deployment", "$(reboot)"),
        ("--container", "a b"),
        ("--image", "a`reboot`"),
        ("--image", 'a"b'),
        ("--image", "${{ github.event.head_commit.message || 'x' }}"),
        ("--image", "$AA" * 60 + "!"),  # at once, too
        ("--branch", "main\n"),
        ("--branch", "a$b"),
        ("--timeout", "120"),
        ("--runs-on", "a b"),
        ("--kubeconfig-variable", "A B"),
    ],
)
def test_a_value_that_could_leave_its_place_is_refused(run, flag, value):
    status, text, errors = run("--provider", "forgejo", *FLAGS, flag, value)
    assert (status, text) == (2, "")
    assert f"{flag} {value!r}: " in errors


def step(text: str, name: str) -> dict[str, object]:
    return next(step for step in yaml.safe_load(text)["jobs"]["deploy"]["steps"] if step.get("name") == name)


PURPOSES = {
    "restart": (
        ["--restart", "--deployment", "blog"],
        "kubectl rollout restart deployment/blog --namespace site\n"
        "kubectl rollout status deployment/blog --namespace site --timeout=120s\n",
    ),
    "run": (
        [
            "--run",
            "kubectl apply -k deploy",
            "--run",
            "kubectl wait --for=condition=Available deployment --all",
        ],
        "kubectl apply -k deploy\nkubectl wait --for=condition=Available deployment --all\n",
    ),
    "helm": (
        ["--helm", "blog", "./chart", "--timeout", "5m"],
        "helm upgrade blog ./chart --install --wait --timeout 5m --namespace site\n",
    ),
}
COMMON = ["--audience", "forgejo", "--namespace", "site"]


@pytest.mark.parametrize("provider", ["forgejo", "github", "gitlab"])
@pytest.mark.parametrize("purpose", PURPOSES)
def test_what_the_job_does_is_the_users_choice(run, provider, purpose):
    flags, commands = PURPOSES[purpose]
    status, text, errors = run("--provider", provider, *COMMON, *flags)
    assert (status, errors) == (0, "")
    assert ("actions/checkout@" in text) == (provider != "gitlab" and purpose != "restart")
    if provider == "gitlab":
        assert commands in yaml.safe_load(text)["deploy"]["script"][0]
        assert "IMAGE" not in yaml.safe_load(text)["deploy"]["variables"]
        return
    deploy = step(text, "Deploy to Kubernetes")
    assert deploy["run"].endswith(commands)
    assert "env" not in deploy
    assert ("azure/setup-helm@" in text) == (purpose == "helm")
    if provider == "github":
        permissions = {"id-token": "write"} | ({} if purpose == "restart" else {"contents": "read"})
        assert yaml.safe_load(text)["jobs"]["deploy"]["permissions"] == permissions


@pytest.mark.parametrize("provider", ["forgejo", "github"])
def test_a_build_job_hands_over_a_digest(run, provider):
    _, text, _ = run("--provider", provider, *FLAGS, "--build")
    jobs = yaml.safe_load(text)["jobs"]
    assert jobs["deploy"]["needs"] == "build"
    assert step(text, "Deploy to Kubernetes")["env"] == {"IMAGE": "${{ needs.build.outputs.image }}"}
    assert jobs["build"]["steps"][-1]["env"]["IMAGE"] == "git.example.org/adam/site:${{ github.sha }}"
    assert "enable-openid-connect" not in jobs["build"]
    assert "id-token" not in jobs["build"].get("permissions", {})


@pytest.mark.parametrize(
    "flags", [["--build"], ["--needs", "build"], ["--run", "true"], ["--credentials", "plugin"]]
)
def test_no_file_for_forgejo_has_permissions(run, flags):
    """Forgejo 16 warns that it ignores them."""
    _, text, _ = run("--provider", "forgejo", *FLAGS, *flags)
    assert "permissions:" not in text


def test_gitlabs_image_is_pinned_by_its_digest(run):
    _, text, _ = run("--provider", "gitlab", *FLAGS)
    assert re.fullmatch(
        r"alpine/k8s:[\d.]+@sha256:[0-9a-f]{64}", yaml.safe_load(text)["deploy"]["image"]["name"]
    )


@pytest.mark.parametrize(
    ("flags", "reason"),
    [
        (["--image", "i"], "missing --deployment (or use --run COMMAND or --helm RELEASE CHART)"),
        (
            ["--deployment", "d"],
            "missing --image, or --restart, --run COMMAND or --helm RELEASE CHART instead",
        ),
        (["--deployment", "d", "--image", "i", "--restart"], "--restart keeps the image: remove --image"),
        (["--run", "true", "--build"], "--build requires --image, the image to build"),
        (["--run", "true", "--restart"], "not allowed with argument"),
        (["--run", "echo ${{ github.ref }}"], "expected one line of shell without `${{ }}`"),
        (["--run", "true\nfalse"], "expected one line of shell"),
        (["--run", " true"], "expected one line of shell"),
        (["--helm", "a b", "c"], "--helm 'a b': expected the name of a release"),
        (["--helm", "a", "c;d"], "--helm 'c;d': expected a chart"),
        (["--run", "true", "--needs", "a b"], "--needs 'a b': expected the name of a job"),
    ],
)
def test_what_makes_no_job_is_refused(run, flags, reason):
    status, text, errors = run("--provider", "forgejo", *COMMON, *flags)
    assert (status, text) == (2, "")
    assert reason in errors


def test_gitlab_builds_in_a_job_of_the_user(run):
    assert "name your own with --needs" in run("--provider", "gitlab", *FLAGS, "--build")[2]
    _, text, _ = run("--provider", "gitlab", *FLAGS, "--needs", "build")
    assert yaml.safe_load(text)["deploy"]["needs"] == ["build"]


def test_a_command_may_have_quotes_and_colons(run):
    command = """kubectl annotate deployment blog --overwrite "by=it's: #1" && echo 'done: $IMAGE'"""
    for provider in ("forgejo", "gitlab"):
        _, text, _ = run("--provider", provider, *COMMON, "--run", command, "--image", "i:1")
        job = yaml.safe_load(text)
        script = (
            job["deploy"]["script"][0] if provider == "gitlab" else step(text, "Deploy to Kubernetes")["run"]
        )
        assert command in script.splitlines()


NIX = """#!/bin/sh
printf '%s\\n' "$@" > "$0.arguments"
[ "$BROKEN" != fails ] || { echo "error: attribute 'server' missing" >&2; exit 1; }
[ "$BROKEN" != text ] || { echo text; exit; }
cat "$0.json"
"""


@pytest.fixture
def nix(tmp_path, monkeypatch):
    (tmp_path / "nix").write_text(NIX)
    (tmp_path / "nix").chmod(0o755)
    (tmp_path / "nix.json").write_text(json.dumps(CONFIG))
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return tmp_path / "nix.arguments"


def test_a_flake_is_evaluated(run, nix):
    status, text, _ = run(*DEPLOYS, "--flake", ".#server", "--grant", "blog")
    assert status == 0
    assert triggers(text) == {"branches": ["release"]}
    words = nix.read_text().splitlines()
    assert words[words.index("--json") + 1 :] == [
        '.#nixosConfigurations."server".config.services.kube-oidc',
        "--apply",
        "o: { inherit (o) issuers grants; }",
    ]


@pytest.mark.parametrize(
    ("flake", "broken", "reason"),
    [
        (".#server", "fails", "nix can't evaluate .#nixosConfigurations."),
        (".#server", "text", "nix printed something other than JSON"),
        ("server", "", "--flake 'server': expected FLAKE#HOST, such as .#server"),
        (".#", "", "expected FLAKE#HOST"),
        ('.#a".b', "", "expected FLAKE#HOST"),
        ("--impure#a", "", "expected one argument"),
    ],
)
def test_a_flake_that_gives_no_grant(run, nix, monkeypatch, flake, broken, reason):
    monkeypatch.setenv("BROKEN", broken)
    status, text, errors = run(*DEPLOYS, "--flake", flake, "--grant", "blog")
    assert (status, text) == (2, "")
    assert reason in errors


def test_without_nix_there_is_another_way(run, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    errors = run(*DEPLOYS, "--flake", ".#server", "--grant", "blog")[2]
    assert (
        errors == "kube-oidc workflow: nix not found on PATH: run this where Nix is, or use --options FILE\n"
    )


def test_the_action_needs_a_place_and_is_not_for_gitlab(run):
    assert "missing --action" in run("--provider", "github", *FLAGS, "--credentials", "action")[2]
    assert (
        "for GitLab use curl or plugin" in run("--provider", "gitlab", *FLAGS, "--credentials", "action")[2]
    )


@pytest.mark.parametrize(
    "place", ["https://github.com/adam/kube-oidc", "https://git.example.org/adam/kube-oidc"]
)
def test_the_action_is_at_a_commit(run, place):
    flags = ("--provider", "forgejo", *FLAGS, "--credentials", "action", "--action")
    commit = "0123456789abcdef0123456789abcdef01234567"
    _, text, _ = run(*flags, f"{place.removeprefix('https://github.com/')}@{commit}")
    uses = [step.get("uses") for step in yaml.safe_load(text)["jobs"]["deploy"]["steps"]]
    assert f"{place}@{commit}" in uses
    for unpinned in ("adam/kube-oidc@v1", "adam/kube-oidc", f"adam/kube-oidc@{commit[:7]}"):
        status, _, errors = run(*flags, unpinned)
        assert status == 2
        assert "with the full 40-digit commit" in errors


def test_gitlab_has_no_patterns(run):
    assert (
        "GitLab's rules compare whole names"
        in run("--provider", "gitlab", *FLAGS, "--branch", "release/*")[2]
    )
