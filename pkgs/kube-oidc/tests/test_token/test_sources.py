"""`kube-oidc token` in each CI's surroundings: found by itself, named, or not there, with the remedy."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from .conftest import AUDIENCE, BUSY_SECONDS, fresh, jwt


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Puts a shell script of this name first on PATH; it notes its arguments."""
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    def write(name: str, script: str) -> Path:
        file = tmp_path / name
        file.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {tmp_path}/arguments\n{script}\n')
        file.chmod(0o755)
        return tmp_path / "arguments"

    return write


def test_outside_ci_it_says_what_it_looked_for(run):
    result = run("--audience", AUDIENCE)
    assert (result.status, result.stdout) == (2, "")
    assert "this does not look like a CI job ($FORGEJO_ACTIONS, $GITHUB_ACTIONS, $GITLAB_CI" in result.stderr


def test_without_an_audience_it_asks_for_one(run):
    assert "missing --audience: use one from" in run().stderr


@pytest.mark.parametrize(
    ("sign", "remedy"),
    [
        ("FORGEJO_ACTIONS", "add `enable-openid-connect: true` to the job"),
        ("GITEA_ACTIONS", "Gitea issues no ID tokens"),
        ("GITHUB_ACTIONS", "add `permissions: id-token: write` to the job"),
    ],
)
def test_a_job_without_the_permission_is_told_which_line_to_add(run, surroundings, sign, remedy):
    surroundings(**{sign: "true", "GITHUB_ACTIONS": "true"})
    result = run("--audience", AUDIENCE)
    assert (
        "this job is not allowed to request ID tokens ($ACTIONS_ID_TOKEN_REQUEST_URL is not set)"
        in result.stderr
    )
    assert remedy in result.stderr


def test_half_the_permission_is_named(run, surroundings):
    surroundings(GITHUB_ACTIONS="true", ACTIONS_ID_TOKEN_REQUEST_URL="https://127.0.0.1:1/")
    assert "($ACTIONS_ID_TOKEN_REQUEST_TOKEN is not set)" in run("--audience", AUDIENCE).stderr


def test_the_endpoints_variables_alone_are_enough(run, surroundings, endpoint):
    surroundings(ACTIONS_ID_TOKEN_REQUEST_URL=endpoint().url, ACTIONS_ID_TOKEN_REQUEST_TOKEN="t")
    assert run("--audience", AUDIENCE).status == 0


def test_gitlab_finds_the_variable_with_this_audience(run, surroundings):
    token = fresh()
    surroundings(GITLAB_CI="true", OTHER_TOKEN=fresh(aud="vault"), KUBE_ID_TOKEN=token, NOT_ONE="eyJ.a.b")
    assert run("--audience", AUDIENCE).stdout == token + "\n"


def test_gitlab_without_such_a_variable_is_shown_what_to_write(run, surroundings):
    surroundings(GITLAB_CI="true", OTHER_TOKEN=fresh(aud="vault"))
    assert "`id_tokens: { KUBE_ID_TOKEN: { aud: forgejo } }`" in run("--audience", AUDIENCE).stderr


def test_gitlab_with_several_asks_for_one_by_name(run, surroundings):
    surroundings(GITLAB_CI="true", A_TOKEN=fresh(), B_TOKEN=fresh(sub="other"))
    assert "choose one with --variable (A_TOKEN, B_TOKEN)" in run("--audience", AUDIENCE).stderr
    token = os.environ["B_TOKEN"]
    assert run("--audience", AUDIENCE, "--variable", "B_TOKEN").stdout == token + "\n"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("", "$KUBE_ID_TOKEN is not set; in GitLab, the job declares it under `id_tokens:`"),
        (fresh(aud=["vault", "nexus"]), "the token is for 'vault' and 'nexus', not for 'forgejo'"),
        (fresh(exp=1), "the token from the named variable expired "),
        ("opaque", "$KUBE_ID_TOKEN is not a JWT"),
    ],
)
def test_a_variable_that_cannot_serve_is_explained(run, surroundings, value, reason):
    surroundings(KUBE_ID_TOKEN=value)
    result = run("--audience", AUDIENCE, "--variable", "KUBE_ID_TOKEN")
    assert (result.status, result.stdout) == (2, "")
    assert reason in result.stderr


def test_buildkites_agent_is_asked(run, surroundings, program):
    token = fresh()
    arguments = program("buildkite-agent", f"echo {token}")
    surroundings(BUILDKITE="true")
    assert run("--audience", AUDIENCE).stdout == token + "\n"
    assert arguments.read_text().split() == ["oidc", "request-token", "--audience", AUDIENCE]


def test_circlecis_variable_serves_where_its_audience_fits(run, surroundings):
    token = fresh(aud="11111111-2222")
    surroundings(CIRCLECI="true", CIRCLE_OIDC_TOKEN_V2=token)
    assert run("--audience", "11111111-2222").stdout == token + "\n"


def test_circleci_is_asked_for_another_audience(run, surroundings, program):
    token = fresh()
    arguments = program("circleci", f"echo {token}")
    surroundings(CIRCLECI="true", CIRCLE_OIDC_TOKEN_V2=fresh(aud="11111111-2222"))
    assert run("--audience", AUDIENCE).stdout == token + "\n"
    *words, claims = arguments.read_text().splitlines()
    assert (words, json.loads(claims)) == (["run", "oidc", "get", "--claims"], {"aud": AUDIENCE})


@pytest.mark.parametrize(
    ("script", "deadline", "reason"),
    [
        (
            "echo secret >&2; echo secret; exit 3",
            10,
            "buildkite-agent exited with status 3; run `buildkite-agent oidc",
        ),
        ("sleep 30 & sleep 30", 0.5, "buildkite-agent did not finish within 0.5 s"),
        ("echo", 10, "the output of buildkite-agent is empty"),
    ],
)
def test_an_agent_that_fails_is_explained(run, surroundings, program, script, deadline, reason):
    program("buildkite-agent", script)
    surroundings(BUILDKITE="true")
    result = run("--audience", AUDIENCE, "--timeout", f"{deadline}s")
    assert reason in result.stderr
    assert "secret" not in result.stderr
    assert result.seconds < deadline + BUSY_SECONDS


def test_an_agent_that_is_missing_is_named(run, surroundings, monkeypatch, tmp_path):
    surroundings(BUILDKITE="true")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "buildkite-agent not found on PATH" in run("--audience", AUDIENCE).stderr


def test_a_source_can_be_named_anywhere(run, program):
    token = fresh()
    program("buildkite-agent", f"echo {token}")
    assert run("--audience", AUDIENCE, "--source", "buildkite").stdout == token + "\n"


def test_a_file_serves_with_and_without_an_audience(run, tmp_path):
    token, file = fresh(), tmp_path / "token"
    file.write_text(token + "\n")
    assert run("--file", str(file)).stdout == token + "\n"
    assert run("--file", str(file), "--audience", AUDIENCE).stdout == token + "\n"
    assert "not for 'other'" in run("--file", str(file), "--audience", "other").stderr


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, ": No such file"), (b"\xff\xfe", "not a JWT: not text"), (b"", " is empty")],
)
def test_a_file_that_holds_none_is_named(run, tmp_path, content, reason):
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)
    result = run("--file", str(file))
    assert reason in result.stderr
    assert str(file) in result.stderr


def test_a_file_without_an_end_or_a_beginning_ends_with_the_deadline(run, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    result = run("--file", str(tmp_path / "pipe"), "--timeout", "0.5s")
    assert "pipe within 0.5 s" in result.stderr
    assert result.seconds < 0.5 + BUSY_SECONDS
    assert "/dev/zero is not a JWT" in run("--file", "/dev/zero").stderr


def test_file_and_variable_exclude_each_other(run):
    assert "mutually exclusive" in run("--file", "f", "--variable", "V").stderr


@pytest.mark.parametrize(
    ("arguments", "info", "version"),
    [
        (["--exec-credential"], None, "v1"),
        (["--exec-credential", "v1beta1"], None, "v1beta1"),
        (["--exec-credential"], "client.authentication.k8s.io/v1beta1", "v1beta1"),
        (["--exec-credential", "v1"], "client.authentication.k8s.io/v1beta1", "v1"),
        (["--exec-credential"], "client.authentication.k8s.io/v2", "v1"),
        (["--exec-credential"], "example.org/v1beta1", "v1"),
    ],
)
def test_an_exec_credential_has_the_version_and_the_tokens_expiry(
    run, surroundings, arguments, info, version
):
    surroundings(T=fresh(exp=4102444800.9), KUBERNETES_EXEC_INFO=json.dumps({"apiVersion": info, "spec": {}}))
    document = json.loads(run("--variable", "T", *arguments).stdout)
    assert document == {
        "apiVersion": f"client.authentication.k8s.io/{version}",
        "kind": "ExecCredential",
        "status": {"expirationTimestamp": "2100-01-01T00:00:00Z", "token": os.environ["T"]},
    }


@pytest.mark.parametrize("info", ["", "not json", "[]", '{"apiVersion": 1}'])
def test_exec_info_that_says_nothing_means_v1(run, surroundings, info):
    surroundings(T=fresh(), KUBERNETES_EXEC_INFO=info)
    result = run("--variable", "T", "--exec-credential")
    assert json.loads(result.stdout)["apiVersion"] == "client.authentication.k8s.io/v1"


@pytest.mark.parametrize("expiry", [None, "soon", True])
def test_a_token_without_a_readable_expiry_gets_none(run, surroundings, expiry):
    surroundings(T=jwt(aud=AUDIENCE, exp=expiry))
    status = json.loads(run("--variable", "T", "--exec-credential").stdout)["status"]
    assert list(status) == ["token"]


def test_an_expiry_beyond_all_calendars_is_refused(run, surroundings):
    surroundings(T=jwt(aud=AUDIENCE, exp=1e300))
    assert "the token's `exp` is not a time" in run("--variable", "T", "--exec-credential").stderr


@pytest.mark.parametrize(
    "deadline", ["0", "0s", "-1s", "nan", "inf", "25h", "90000", "soon", "1e3s", "s", "10 s"]
)
def test_an_invalid_deadline_is_refused(run, deadline):
    assert run("--audience", AUDIENCE, "--timeout", deadline).status == 2
