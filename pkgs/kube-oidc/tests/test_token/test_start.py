"""`kube-oidc token` imports little, and works as a single file beside a bare Python (`make bench` times it)."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from .conftest import AUDIENCE, BEARER

PROJECT = Path(__file__).parents[2]
HEAVY = {
    "yaml",
    "jsonschema",
    "kubernetes",
    "urllib.request",
    "logging",
    "asyncio",
    "dataclasses",
}


@pytest.fixture(scope="session")
def single_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("zipapp") / "kube-oidc.pyz"
    subprocess.run([sys.executable, PROJECT / "build_zipapp.py", file], timeout=120, check=True)
    return file


def bare(*arguments: str | Path) -> list[str]:
    """A Python that sees its standard library and nothing that was installed."""
    home = sysconfig.get_path("stdlib")
    assert Path(home, "http", "client.py").exists()
    return [str(Path(sys.executable).resolve()), "-I", "-S", *map(str, arguments)]


def test_it_imports_nothing_heavy(endpoint, forgejo, run):
    forgejo(endpoint())
    code = (
        "import sys; before = set(sys.modules); from kube_oidc.cli import main; "
        f"status = main(['token', '--audience', {AUDIENCE!r}, '--exec-credential']); "
        "print(*sorted(set(sys.modules) - before), file=sys.stderr); sys.exit(status)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True
    )
    loaded = set(result.stderr.split())
    assert "http.client" in loaded
    assert loaded & HEAVY == set()
    outside = {name.partition(".")[0] for name in loaded} - sys.stdlib_module_names
    assert outside == {"kube_oidc"}


def test_the_single_file_names_a_python_that_is_too_old(single_file):
    code = (
        "import runpy, sys; sys.version_info = (3, 10, 12); sys.version = '3.10.12 (old)'; "
        "runpy.run_path(sys.argv[1], run_name='__main__')"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, single_file], capture_output=True, text=True, timeout=120, check=False
    )
    assert (result.returncode, result.stderr) == (
        2,
        "kube-oidc: Python 3.11 or later is needed, this is 3.10.12\n",
    )


def test_the_single_file_asks_an_endpoint_with_a_bare_python(endpoint, authority, single_file, tmp_path):
    server = endpoint()
    result = subprocess.run(
        bare(single_file, "token", "--audience", AUDIENCE, "--exec-credential"),
        env={
            "GITHUB_ACTIONS": "true",
            "ACTIONS_ID_TOKEN_REQUEST_URL": server.url,
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": BEARER,
            "SSL_CERT_FILE": str(authority.file),
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert '"kind": "ExecCredential"' in result.stdout


HEAD = "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\n"


def test_the_single_file_checks_a_good_file(single_file, tmp_path):
    configuration = tmp_path / "auth.yaml"
    issuer = "{url: 'https://token.actions.githubusercontent.com', audiences: [a]}"
    username = "{username: {expression: '\"github:\" + claims.sub'}}"
    configuration.write_text(f"{HEAD}jwt:\n- issuer: {issuer}\n  claimMappings: {username}\n")
    result = subprocess.run(
        bare(single_file, "check", configuration), capture_output=True, text=True, timeout=120, check=False
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert "shared-issuer-unpinned" in result.stdout


def test_the_single_file_reports_every_wrong_type(single_file, tmp_path):
    configuration = tmp_path / "auth.yaml"
    configuration.write_text(HEAD + "jwt: text\nanonymous: text\n")
    result = subprocess.run(
        bare(single_file, "check", configuration), capture_output=True, text=True, timeout=120, check=False
    )
    assert (result.returncode, result.stderr) == (1, "")
    assert result.stdout.count("json: cannot unmarshal string into Go struct field") == 2


def test_the_same_sources_give_the_same_single_file(single_file, tmp_path):
    again = tmp_path / "again.pyz"
    subprocess.run([sys.executable, PROJECT / "build_zipapp.py", again], timeout=120, check=True)
    assert again.read_bytes() == single_file.read_bytes()
    assert again.stat().st_mode & 0o777 == 0o755
