"""What the end-to-end tests stand on: programs that end, an issuer that answers as Forgejo, a runner, a build."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from http import HTTPStatus
from pathlib import Path

import jwt
import pytest
from kube_oidc.providers.files import providers

from e2e.harness import binaries as programs
from e2e.harness.binaries import BUILD, MINOR, REPOSITORY, Binaries
from e2e.harness.expressions import UnsupportedExpressionError, condition, evaluate, substitute
from e2e.harness.issuer import Issuer, Run
from e2e.harness.processes import NotReadyError, running, wait_until

SLEEPS = [sys.executable, "-c", "import time; print('here', flush=True); time.sleep(300)"]
KILLED = """
import sys, time
from pathlib import Path
from e2e.harness.processes import running
with running(sys.argv[2:], Path(sys.argv[1])) as program:
    print(program._process.pid, flush=True)
    time.sleep(300)
"""


def gone(pid: int, seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while Path(f"/proc/{pid}/cmdline").exists() and Path(f"/proc/{pid}/cmdline").read_bytes():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_a_program_ends_with_its_block(tmp_path: Path) -> None:
    with running(SLEEPS, tmp_path / "log") as program:
        wait_until("printed", lambda: "here" in program.tail(), program)
        assert not program.ended
    assert program.ended


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends programs with a parent that was killed")
def test_a_program_ends_with_a_killed_parent(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY / "tests")}
    command = [sys.executable, "-c", KILLED, str(tmp_path / "log"), *SLEEPS]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
    assert gone(pid)


def test_a_program_that_ends_too_early_is_reported_with_its_log(tmp_path: Path) -> None:
    with (
        running([sys.executable, "-c", "print('no such flag')"], tmp_path / "log") as program,
        pytest.raises(NotReadyError, match="ended before ready:\nno such flag"),
    ):
        wait_until("ready", lambda: False, program)


def test_a_program_that_is_late_is_reported(tmp_path: Path) -> None:
    with running(SLEEPS, tmp_path / "log") as program, pytest.raises(NotReadyError, match="not within 0 s"):
        wait_until("ready", lambda: False, program, seconds=0.2)


def ask(
    issuer: Issuer, environment: dict[str, str], query: str = "", scheme: str = "bearer"
) -> tuple[int, object]:
    target = environment["ACTIONS_ID_TOKEN_REQUEST_URL"].removeprefix(f"https://{issuer.host}") + query
    return issuer.answer(target, f"{scheme} {environment['ACTIONS_ID_TOKEN_REQUEST_TOKEN']}")


@pytest.mark.parametrize(
    ("query", "audience"), [("&audience=forgejo", "forgejo"), ("", "https://git.example.org/adam")]
)
def test_a_token_has_the_claims_of_its_run(query: str, audience: str) -> None:
    issuer = Issuer("git.example.org")
    with issuer.job(Run(event="workflow_dispatch")) as environment:
        status, body = ask(issuer, environment, query, scheme="Bearer")
    assert status == HTTPStatus.OK
    assert isinstance(body, dict)
    claims = jwt.decode(
        body["value"], issuer.key.public_key(), ["RS256"], audience=audience, issuer=issuer.url
    )
    assert claims["sub"] == "repo:adam/technowizardry.net:ref:refs/heads/main"
    assert claims["event_name"] == "workflow_dispatch"
    assert claims["exp"] - claims["iat"] == 3600
    assert all(isinstance(value, str) for name, value in claims.items() if name not in ("exp", "iat", "nbf"))
    assert set(claims) == set(issuer.discovery()["claims_supported"])


def test_a_pull_request_has_a_subject_of_its_own() -> None:
    assert Run(event="pull_request").subject == "repo:adam/technowizardry.net:pull_request"
    assert Run(event="pull_request_target").subject == Run().subject


def test_a_subject_gets_numbers_when_the_settings_are_saved() -> None:
    issuer, older = Issuer("git.example.org"), Issuer("git.example.org", version=15)
    for each in (issuer, older):
        assert each.claims(Run(), "a")["sub"] == Run().subject
        each.save_settings(Run().repository)
    assert issuer.claims(Run(), "a")["sub"] == "repo:adam-2/technowizardry.net-17:ref:refs/heads/main"
    assert older.claims(Run(), "a")["sub"] == Run().subject
    new = {"actor_id", "repository_id", "repository_owner_id"}
    assert set(issuer.claims(Run(), "a")) - set(older.claims(Run(), "a")) == new


def test_a_called_workflow_has_the_subject_of_the_ref() -> None:
    assert Run(event="workflow_call").subject == Run().subject
    assert Run(event="workflow_call", ref="refs/pull/1/head").subject.endswith(":ref:refs/pull/1/head")
    assert Run(event="pull_request").claims()["ref_type"] == ""
    assert Run(event="schedule").claims()["actor"] == "forgejo-actions"


@pytest.mark.parametrize("version", [15, 16])
def test_claims_are_those_of_the_provider_file(version: int) -> None:
    described = providers()["forgejo"]["claims"]
    issuer = Issuer("git.example.org", version=version)
    claims = issuer.claims(Run(), "forgejo")
    always = {name for name, known in described.items() if int(known.get("since", 0)) <= version}
    assert set(claims) == always
    assert all(
        claims[name] == known.get("constant", claims[name])
        for name, known in described.items()
        if name in claims
    )


def test_a_token_signed_with_eddsa_verifies_with_the_published_key() -> None:
    issuer = Issuer("git.example.org", algorithm="EdDSA")
    token = issuer.sign(issuer.claims(Run(), "forgejo"))
    [key] = jwt.PyJWKSet.from_dict(issuer.keys()).keys
    assert jwt.decode(token, key.key, ["EdDSA"], audience="forgejo")["sub"] == Run().subject


def test_wrong_token_requests_get_forgejos_answers() -> None:
    issuer = Issuer("git.example.org")
    with issuer.job(Run()) as environment:
        other = environment | {
            "ACTIONS_ID_TOKEN_REQUEST_URL": environment["ACTIONS_ID_TOKEN_REQUEST_URL"].replace(
                "4711", "4712"
            )
        }
        assert ask(issuer, environment, scheme="basic")[0] == HTTPStatus.UNAUTHORIZED
        assert ask(issuer, other) == (HTTPStatus.BAD_REQUEST, "run-id does not match")
    assert ask(issuer, environment) == (HTTPStatus.INTERNAL_SERVER_ERROR, "task is not running")
    unknown = environment | {"ACTIONS_ID_TOKEN_REQUEST_TOKEN": "x"}
    assert ask(issuer, unknown)[0] == HTTPStatus.INTERNAL_SERVER_ERROR
    assert issuer.answer("/api/actions", "")[0] == HTTPStatus.NOT_FOUND


CONTEXTS = {"github": {"ref": "refs/heads/main", "event_name": "push"}, "env": {"PUSH": "false", "EMPTY": ""}}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("github.ref", "refs/heads/main"),
        ("github.absent", ""),
        ("github.ref == 'REFS/heads/main'", True),
        ("github.ref != 'refs/heads/main'", False),
        ("github.event_name == 'push' && github.ref == 'refs/heads/main'", True),
        ("github.event_name == 'push' && github.ref == 'x'", False),
    ],
)
def test_expressions(expression: str, value: object) -> None:
    assert evaluate(expression, CONTEXTS) == value
    assert (
        substitute(f"<${{{{ {expression} }}}}>", CONTEXTS)
        == f"<{str(value).lower() if value in (True, False) else value}>"
    )


def test_a_string_is_true_unless_it_is_empty() -> None:
    assert condition("${{ env.PUSH }}", CONTEXTS)
    assert not condition("env.EMPTY", CONTEXTS)
    assert condition(None, CONTEXTS)


@pytest.mark.parametrize("expression", ["contains(github.ref, 'x')", "github.ref || 'x'", "!github.ref"])
def test_what_the_runner_has_not_is_no_guess(expression: str) -> None:
    with pytest.raises(UnsupportedExpressionError):
        evaluate(expression, CONTEXTS)


def test_the_programs_say_their_versions(binaries: Binaries) -> None:
    said = subprocess.run(
        [binaries.path("kube-apiserver"), "--version"], capture_output=True, text=True, check=True
    )
    assert said.stdout.startswith(f"Kubernetes v{MINOR}.")


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("Kubernetes v1.29.5", "it is Kubernetes v1.29.5, and the tests run"),
        ("hello", "it doesn't say which version it is"),
    ],
)
def test_a_program_on_path_that_is_not_used_is_named(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    said: str,
    reason: str,
) -> None:
    other = tmp_path / "kube-apiserver"
    other.write_text(f"#!/bin/sh\necho {said}\n")
    other.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert programs.on_path("kube-apiserver") is None
    assert f"{other} is not used: {reason}" in capsys.readouterr().err


def build(*names: str) -> subprocess.Popen[str]:
    return subprocess.Popen([BUILD, *names], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_build_says_what_it_does_not_know(binaries: Binaries) -> None:
    with build("kubelet") as process:
        output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (1, "")
    assert "no such program: kubelet; there are actionlint, etcd, gojq" in errors


def test_two_builds_wait_for_each_other(binaries: Binaries) -> None:
    with build("gojq") as first:
        folder = Path(first.communicate(timeout=300)[0].strip())
    with (folder.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with build("gojq") as second:
            assert second.stderr is not None
            assert "waiting for it" in second.stderr.readline()
            fcntl.flock(lock, fcntl.LOCK_UN)
            output, _ = second.communicate(timeout=60)
    assert (second.returncode, output.strip()) == (0, str(folder))
