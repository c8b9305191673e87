"""One canary through every path: the token reaches stdout where that was asked, and nothing else anywhere."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import time
from pathlib import Path

import pytest
from kube_oidc.ci.credentials import Secret
from program import run_cli

from .conftest import AUDIENCE, answer, fresh, jwt

BEARER = "canary-bearer-4f9d1c"
ID_TOKEN = fresh(canary="id-token-7b2e")
PARTS = [*ID_TOKEN.split("."), BEARER]


def echo(request) -> None:
    """A server that quotes what it was sent, in every place a client might repeat."""
    sent = f"{request.headers.get('Authorization')} {ID_TOKEN}"
    request.send_response(int(request.server.status), sent)
    request.send_header("Location", f"https://login.example/{sent}")
    request.send_header("Content-Type", f"text/html; {BEARER}")
    request.end_headers()
    request.wfile.write(sent.encode())


def not_http(request) -> None:
    request.wfile.write(f"{BEARER} {ID_TOKEN}\r\n\r\n".encode())


def echo_status(status: int):
    def handler(request) -> None:
        request.server.status = status
        echo(request)

    return handler


HANDLERS = {
    "a token": answer({"value": ID_TOKEN}),
    "another audience": answer({"value": jwt(aud=ID_TOKEN[:40], canary=BEARER)}),
    "half a token": answer({"value": ID_TOKEN.rpartition(".")[0]}),
    "a token and more": answer({"value": ID_TOKEN + "\n" + BEARER}),
    "a token under another name": answer({"token": ID_TOKEN}),
    "a token as HTML": answer(f"<p>{ID_TOKEN}{BEARER}", content_type="text/html"),
    "broken JSON": answer('{"value": "' + ID_TOKEN),
    "a token that is expired": answer({"value": fresh(exp=1, canary="id-token-7b2e")}),
    "a token with a mad expiry": answer({"value": fresh(exp=1e300, canary="id-token-7b2e")}),
    "not HTTP": not_http,
    **{f"an echo with status {status}": echo_status(status) for status in (200, 302, 400, 401, 404, 500)},
}
OUTPUTS = {"plain": [], "exec": ["--exec-credential"], "decode": ["--decode"]}


def in_a_job(
    arguments: list[str], folder: Path, authority: Path, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Runs the program in a process of its own, with `folder` as the only place it could write to."""
    environment = {
        "PATH": f"{folder}:{os.environ['PATH']}",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "XDG_CACHE_HOME": str(folder),
        "SSL_CERT_FILE": str(authority),
        "PYTHONDONTWRITEBYTECODE": "1",
        **variables,
    }
    return run_cli("token", *arguments, env=environment, cwd=folder)


def assert_unseen(text: str) -> None:
    for part in PARTS:
        assert part not in text


def assert_not_written(folder: Path) -> None:
    for file in folder.rglob("*"):
        if file.is_file():
            assert_unseen(file.read_bytes().decode("utf-8", "replace"))


@pytest.mark.slow
@pytest.mark.parametrize(
    "output", ["plain", *(pytest.param(name, marks=pytest.mark.slow) for name in OUTPUTS if name != "plain")]
)
@pytest.mark.parametrize("case", HANDLERS)
def test_whatever_the_endpoint_answers(endpoint, authority, tmp_path, case, output):
    server = endpoint(HANDLERS[case])
    deadline = "30s" if case == "a token" else "0.4s"  # most of the others use it up
    result = in_a_job(
        ["--audience", AUDIENCE, "--timeout", deadline, *OUTPUTS[output]],
        tmp_path,
        authority.file,
        FORGEJO_ACTIONS="true",
        ACTIONS_ID_TOKEN_REQUEST_URL=server.url,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN=BEARER,
    )
    assert_unseen(result.stderr)
    assert_not_written(tmp_path)
    if case == "a token":
        expected = {
            "plain": lambda text: text == ID_TOKEN + "\n",
            "exec": lambda text: json.loads(text)["status"]["token"] == ID_TOKEN,
            "decode": lambda text: json.loads(text)["canary"] == "id-token-7b2e",
        }
        assert result.returncode == 0
        assert expected[output](result.stdout)
    if output == "decode" or result.returncode:
        assert_unseen(result.stdout)
    assert BEARER not in result.stdout


MISTAKES = {
    "as an argument": (["--audience", AUDIENCE, ID_TOKEN], {}),
    "as the audience": (["--audience", ID_TOKEN, "--timeout", "0.3s"], {}),
    "as the source": (["--audience", AUDIENCE, "--source", ID_TOKEN], {}),
    "as the file's name": (["--file", ID_TOKEN], {}),
    "as the variable's name": (["--variable", ID_TOKEN], {}),
    "as the deadline": (["--audience", AUDIENCE, "--timeout", ID_TOKEN], {}),
    "as the version": (["--audience", AUDIENCE, "--exec-credential", ID_TOKEN], {}),
    "as the command": ([ID_TOKEN], {}),
    "as the URL": (["--audience", AUDIENCE], {"ACTIONS_ID_TOKEN_REQUEST_URL": f"{ID_TOKEN}{BEARER}"}),
    "in the URL's path": (
        ["--audience", AUDIENCE, "--timeout", "0.3s"],
        {"ACTIONS_ID_TOKEN_REQUEST_URL": f"https://u:{BEARER}@127.0.0.1:1/{ID_TOKEN}?{BEARER}"},
    ),
    "with a newline": (["--audience", AUDIENCE], {"ACTIONS_ID_TOKEN_REQUEST_TOKEN": f"{BEARER}\n{ID_TOKEN}"}),
    "with an umlaut": (["--audience", AUDIENCE], {"ACTIONS_ID_TOKEN_REQUEST_TOKEN": f"{BEARER}ü"}),
    "in the proxy's URL": (
        ["--audience", AUDIENCE, "--timeout", "0.3s"],
        {"HTTPS_PROXY": f"http://{BEARER}:{ID_TOKEN}@127.0.0.1:1"},
    ),
    "in exec info": (
        ["--variable", "V", "--exec-credential"],
        {"KUBERNETES_EXEC_INFO": ID_TOKEN, "V": "opaque"},
    ),
    "cut in a variable": (["--variable", "V"], {"V": ID_TOKEN[:-60]}),
    "for another audience": (["--variable", "V", "--audience", "other"], {"V": ID_TOKEN}),
    "twice": (["--audience", AUDIENCE, "--source", "gitlab"], {"V": ID_TOKEN, "W": ID_TOKEN}),
    "from a failing agent": (["--audience", AUDIENCE, "--source", "buildkite"], {"ID_TOKEN": ID_TOKEN}),
}


@pytest.mark.slow
@pytest.mark.parametrize("mistake", MISTAKES)
def test_whatever_the_user_does(authority, tmp_path, mistake):
    arguments, variables = MISTAKES[mistake]
    agent = tmp_path / "buildkite-agent"
    agent.write_text('#!/bin/sh\necho "$ID_TOKEN"\necho "$ID_TOKEN" >&2\nexit 1\n')
    agent.chmod(0o755)
    job = {
        "FORGEJO_ACTIONS": "true",
        "ACTIONS_ID_TOKEN_REQUEST_URL": "https://127.0.0.1:1/",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": BEARER,
    }
    result = in_a_job(arguments, tmp_path, authority.file, **(job | variables))
    assert result.returncode == 2
    assert "kube-oidc" in result.stderr
    assert "Traceback" not in result.stderr
    assert_unseen(result.stdout)
    assert_unseen(result.stderr)
    assert_not_written(tmp_path)


PLACES_TO_BREAK = [
    "kube_oidc.ci.credentials.endpoint.get",
    "kube_oidc.ci.credentials.endpoint.parse",
    "kube_oidc.ci.credentials.endpoint._value",
    "kube_oidc.commands.token.is_expired",
    "kube_oidc.ci.credentials.find",
    "kube_oidc.net.https._connection",
    "kube_oidc.net.https.proxy_for",
    "kube_oidc.net.https.explain",
    "kube_oidc.commands.token._render",
    "kube_oidc.ci.credentials.exec_credential.render",
    "http.client.HTTPConnection.request",
    "http.client.HTTPConnection.getresponse",
    "ssl.create_default_context",
]


@pytest.mark.parametrize("place", PLACES_TO_BREAK)
def test_an_unexpected_exception_is_named_without_its_text(run, endpoint, forgejo, monkeypatch, place):
    forgejo(endpoint(answer({"value": fresh(exp=int(time.time()) - 90)})))

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(f"{BEARER} {ID_TOKEN}")

    monkeypatch.setattr(place, fail)
    if place == "kube_oidc.net.https.explain":  # only asked about failures
        monkeypatch.setattr("http.client.HTTPConnection.request", fail)
    result = run("--audience", AUDIENCE, "--exec-credential")
    assert_unseen(result.stdout)
    assert_unseen(result.stderr)
    assert result.status == 2
    assert "RuntimeError in" in result.stderr
    assert "please report this" in result.stderr


def test_a_secret_shows_itself_in_no_form():
    secret = Secret(ID_TOKEN)
    for text in (
        repr(secret),
        str(secret),
        f"{secret}",
        f"{[secret]}",
        "{}".format(secret),  # noqa: UP032
        repr(vars),
        str({"s": secret}),
    ):
        assert_unseen(text)
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    assert not hasattr(secret, "__dict__")


def test_the_token_is_in_no_argument_list(authority, tmp_path):
    """Programs that are asked for a token see no token: their arguments are noted while they run."""
    for name in ("buildkite-agent", "circleci"):
        program = tmp_path / name
        program.write_text(
            f"#!/bin/sh\ncat /proc/$PPID/cmdline /proc/$$/cmdline > {tmp_path}/{name}.seen\necho $CANARY\n"
        )
        program.chmod(0o755)
    for source in ("buildkite", "circleci"):
        arguments = ["--audience", AUDIENCE, "--source", source]
        result = in_a_job(arguments, tmp_path, authority.file, CANARY=ID_TOKEN)
        assert result.stdout == ID_TOKEN + "\n"
    seen = sorted(tmp_path.glob("*.seen"))
    assert len(seen) == 2
    for file in seen:
        assert b"oidc" in file.read_bytes()
    assert_not_written(tmp_path)


def test_a_full_disk_and_a_closed_pipe_say_nothing_of_the_token(authority, tmp_path):
    environment = {"PATH": os.environ["PATH"], "V": ID_TOKEN}
    words = ("token", "--variable", "V")
    with Path("/dev/full").open("w") as full:
        result = run_cli(*words, env=environment, stdout=full, stderr=subprocess.PIPE)
    assert (result.returncode, result.stderr) == (2, "kube-oidc token: No space left on device\n")
    reader, writer = os.pipe()
    os.close(reader)
    result = run_cli(*words, env=environment, stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    assert (result.returncode, result.stderr) == (2, "")
