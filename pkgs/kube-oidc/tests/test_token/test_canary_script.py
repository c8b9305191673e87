"""The script that a job without kube-oidc gives kubectl, with the same canary: its answer alone holds the token."""

from __future__ import annotations

import datetime
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from kube_oidc.ci.credentials import Secret
from kube_oidc.ci.credentials.token import parse
from kube_oidc.ci.workflow.templates import text_of
from program import run_cli

from .conftest import AUDIENCE
from .test_canary import BEARER, HANDLERS, ID_TOKEN, assert_not_written, assert_unseen

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, ("bash", "curl"))), reason="the script needs bash and curl"
)
GOOD = {  # the script judges no token
    "a token",
    "a token that is expired",
    "a token with a mad expiry",
    "another audience",
}


def script(provider: str) -> str:
    """What the generated job writes for kubectl to call."""
    words = (
        "workflow", "--provider", provider, "--audience", AUDIENCE,
        "--namespace", "n", "--deployment", "d", "--image", "i",
    )  # fmt: skip
    job = yaml.safe_load(run_cli(*words, check=True).stdout)
    step = job["deploy"]["script"][0] if provider == "gitlab" else job["jobs"]["deploy"]["steps"][1]["run"]
    found = re.search(r"/token\" <<'EOF'\n(.*?)^EOF$", step, re.S | re.M)
    assert found
    return found[1].replace("--retry 3", "--retry 0")  # a second answer is no other


def called(text: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        **variables,
    }
    return subprocess.run(
        ["bash", "-c", text],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.parametrize("case", HANDLERS)
def test_whatever_the_endpoint_answers(endpoint, authority, tmp_path, case):
    server = endpoint(HANDLERS[case])
    result = called(
        script("forgejo"),
        tmp_path,
        AUDIENCE=AUDIENCE,
        CURL_CA_BUNDLE=str(authority.file),
        ACTIONS_ID_TOKEN_REQUEST_URL=server.url,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN=BEARER,
    )
    assert server.requests
    assert_unseen(result.stderr)
    assert_not_written(tmp_path)
    if case == "a token":
        status = json.loads(result.stdout)["status"]
        assert status["token"] == ID_TOKEN
        ends = datetime.datetime.fromisoformat(status["expirationTimestamp"])
        assert ends.timestamp() == parse(Secret(ID_TOKEN), "").expires
    if case not in GOOD:
        assert result.returncode != 0
        assert_unseen(result.stdout)
        assert result.stderr.splitlines()[-1].startswith("kubernetes-id-token: the forge")


@pytest.mark.parametrize(
    "value", [None, "", ID_TOKEN, ID_TOKEN.rpartition(".")[0], f"opaque {BEARER}", BEARER]
)
def test_whatever_gitlabs_variable_holds(tmp_path, value):
    variables = {} if value is None else {"KUBE_ID_TOKEN": value}
    result = called(script("gitlab"), tmp_path, AUDIENCE=AUDIENCE, **variables)
    assert_unseen(result.stderr)
    assert_not_written(tmp_path)
    if value == ID_TOKEN:
        assert json.loads(result.stdout)["status"]["token"] == ID_TOKEN
    elif value is None or "." not in value:
        assert result.returncode != 0
        assert_unseen(result.stdout)
        assert "KUBE_ID_TOKEN contains no ID token: the job needs it in id_tokens:" in result.stderr


# What kubectl prints (1.30 to 1.37) and what the job's log says about it.
ANSWERS = {
    "error: You must be logged in to the server (Unauthorized)": "The API server responded 401",
    "error: You must be logged in to the server (the server has asked for the client to provide credentials)": (
        "The API server responded 401"
    ),
    'Error from server (Forbidden): selfsubjectreviews.authentication.k8s.io is forbidden: User "x" cannot create': (
        "The API server responded 403"
    ),
    "Unable to connect to the server: tls: failed to verify certificate: x509: signed by unknown authority": (
        "has the CA of another cluster"
    ),
    "The connection to the server k8s:6443 was refused - did you specify the right host or port?": "Nothing responded",
    "Unable to connect to the server: dial tcp 192.0.2.1:6443: i/o timeout": "Nothing responded",
    "Unable to connect to the server: dial tcp: lookup k8s on 127.0.0.53:53: no such host": "Nothing responded",
    "Unable to connect to the server: dial tcp 192.0.2.1:6443: connect: no route to host": "Nothing responded",
    "Unable to connect to the server: net/http: request canceled (Client.Timeout exceeded while awaiting headers)": (
        "Nothing responded"
    ),
    "Unable to connect to the server: proxyconnect tcp: dial tcp 127.0.0.1:9: connect: connection refused": (
        "The proxy failed"
    ),
    "Error from server (NotFound): the server could not find the requested resource": "older than Kubernetes 1.28",
    "The connection to the server localhost:8080 was refused - did you specify the right host or port?": (
        "no usable cluster"
    ),
    f"Unable to connect to the server: getting credentials: {ID_TOKEN}": "This job got no ID token",
    f"Error from server: {ID_TOKEN} {BEARER[:0]}": "This answer is unknown",
}


@pytest.mark.parametrize("mode", ["login", "failure"])
@pytest.mark.parametrize("answer", ANSWERS)
def test_whatever_the_api_server_answers(tmp_path, answer, mode):
    """kubectl and the token script are stand-ins; the token is in what both of them print."""
    (tmp_path / "explain").write_text(text_of("explain.sh"))
    payload = json.dumps({"iss": "https://forge", "aud": [AUDIENCE], "sub": "it's ##[me]", "exp": 1})
    (tmp_path / "token").write_text(f"#!/bin/sh\ncat <<'END'\n{payload}\nEND\necho {ID_TOKEN} >&2\n")
    (tmp_path / "kubectl").write_text(
        '#!/bin/sh\n[ "$1" = config ] && exit\n' + f"cat >&2 <<'END'\n{answer}\nEND\nexit 1\n"
    )
    for name in ("token", "kubectl", "explain"):
        (tmp_path / name).chmod(0o755)
    result = called(f"bash {tmp_path}/explain {mode}", tmp_path, PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert result.returncode == 1
    assert ANSWERS[answer] in result.stderr
    assert_unseen(result.stdout + result.stderr)
    if "kube-oidc explain" in result.stderr:
        assert "##[" not in result.stderr  # a command to GitHub's runner
        claims = re.search(r"<<< ('.*')$", result.stderr, re.M)
        assert claims
        pasted = subprocess.run(
            ["bash", "-c", f"cat <<< {claims[1]}"], capture_output=True, text=True, check=True
        )
        assert json.loads(pasted.stdout) == json.loads(payload.replace("##[", "## ["))
