"""`kube-oidc token` in a job of a Forgejo instance: a private authority, a proxy between, a real endpoint."""

from __future__ import annotations

import calendar
import json
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from e2e.harness import hostile
from e2e.harness.issuer import LIFETIME_SECONDS, Claims, Issuer, Mint, Run
from e2e.harness.world import HOST, MAIN, World

ALLOWED = {"jobs": {"deploy": {"enable-openid-connect": True}}}


def token(
    world: World, *arguments: str, run: Run = MAIN, mint: Mint | None = None, over: bool = False
) -> tuple[int, str, str]:
    """Status, stdout and stderr of `kube-oidc token` in a job of this run; `over`: the job has ended."""
    with world.job(ALLOWED, "deploy", run, mint) as job:
        environment = {"PATH": world.job_path, "FORGEJO_ACTIONS": "true", **job.environment}
        command = [sys.executable, "-m", "kube_oidc", "token", *arguments]
        if not over:
            return outcome(command, environment)
    return outcome(command, environment)


def outcome(command: list[str], environment: dict[str, str]) -> tuple[int, str, str]:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout, done.stderr


def test_the_jobs_own_claims_come_back(world: World) -> None:
    status, output, errors = token(world, "--audience", "forgejo", "--decode")
    assert (status, errors) == (0, "")
    claims = json.loads(output)
    assert claims["iss"] == f"https://{HOST}/api/actions"
    assert claims["aud"] == "forgejo"
    assert claims["sub"] == MAIN.subject
    assert claims.items() >= MAIN.claims().items()


def test_kubectl_learns_when_the_token_ends(world: World) -> None:
    before = int(time.time())
    status, output, _ = token(world, "--audience", "forgejo", "--exec-credential")
    assert status == 0
    credential = json.loads(output)["status"]
    assert credential["token"] == world.issuer.tokens[-1]
    ends = time.strptime(credential["expirationTimestamp"] + "+0000", "%Y-%m-%dT%H:%M:%SZ%z")
    assert 0 <= calendar.timegm(ends) - before - LIFETIME_SECONDS < 30


def test_the_api_server_takes_the_token(world: World) -> None:
    status, output, _ = token(world, "--audience", "forgejo", run=replace(MAIN, ref="refs/heads/other"))
    assert status == 0
    kubeconfig = world.kubeconfig_for(output.strip())
    who = world.cluster.kubectl("auth", "whoami", kubeconfig=kubeconfig)
    assert f"forgejo:repo:{MAIN.repository}:ref:refs/heads/other" in who


def test_a_job_that_is_over_gets_no_token(world: World) -> None:
    status, output, errors = token(world, "--audience", "forgejo", "--timeout", "1s", over=True)
    assert (status, output) == (2, "")
    assert f"https://{HOST} responded 500 (" in errors
    assert "Forgejo also responds like this once the job is over" in errors


def test_another_audience_is_noticed_before_the_cluster_does(world: World) -> None:
    status, output, errors = token(world, "--audience", "forgejo", mint=hostile.default_audience)
    assert (status, output) == (2, "")
    assert f"the token is for 'https://{HOST}/adam', not for 'forgejo'" in errors


def test_a_clock_that_is_ahead_is_noticed(world: World) -> None:
    def minutes_ago(issuer: Issuer, claims: Claims) -> str:
        now = int(time.time()) - 600
        return issuer.sign(claims | {"iat": now, "nbf": now, "exp": now + 300})

    status, output, errors = token(world, "--audience", "forgejo", mint=minutes_ago)
    assert (status, output.strip()) == (0, world.issuer.tokens[-1])
    assert "the clock is minutes fast" in errors


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "HTTPS_PROXY"])
def test_without_its_surroundings_it_says_what_is_missing(world: World, variable: str) -> None:
    with world.job(ALLOWED, "deploy") as job:
        environment = {"PATH": world.job_path, "FORGEJO_ACTIONS": "true", **job.environment}
        if variable == "HTTPS_PROXY":
            del environment["https_proxy"]
            environment["HTTPS_PROXY"] = "http://127.0.0.1:9"
        else:
            environment["SSL_CERT_FILE"] = "/dev/null"
        command = [sys.executable, "-m", "kube_oidc", "token", "--audience", "forgejo", "--timeout", "1s"]
        status, output, errors = outcome(command, environment)
    assert (status, output) == (2, "")
    assert variable in errors
