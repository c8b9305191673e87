"""The script that a job without kube-oidc gives kubectl, with the same canary: its answer alone holds the token."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from program import run_cli

from .conftest import AUDIENCE
from .test_canary import BEARER, HANDLERS, ID_TOKEN, assert_not_written, assert_unseen

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, ("bash", "curl", "jq"))), reason="the script needs bash, curl and jq"
)
GOOD = {  # the script judges no token, and kubectl alone sees what it is
    "a token",
    "a token and more",
    "a token that is expired",
    "another audience",
    "half a token",
}


def script(provider: str) -> str:
    """What the generated job writes for kubectl to call."""
    words = (
        "workflow", "--provider", provider, "--audience", AUDIENCE,
        "--namespace", "n", "--deployment", "d", "--image", "i",
    )  # fmt: skip
    job = yaml.safe_load(run_cli(*words, check=True).stdout)
    step = job["deploy"]["script"][0] if provider == "gitlab" else job["jobs"]["deploy"]["steps"][1]["run"]
    found = re.search(r"<<'EOF'\n(.*?)^EOF$", step, re.S | re.M)
    assert found
    return found[1].replace("--retry 3", "--retry 0")  # a second answer is no other


def called(text: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": f"{Path(shutil.which('jq') or '').parent}:/usr/bin:/bin",
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
        assert json.loads(result.stdout)["status"]["token"] == ID_TOKEN
    if case not in GOOD:
        assert result.returncode != 0
        assert_unseen(result.stdout)


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
        assert "KUBE_ID_TOKEN: is not set" in result.stderr if not value else "no ID token" in result.stderr
