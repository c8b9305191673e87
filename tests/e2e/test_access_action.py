"""action/access: its step as a runner runs it, on pull requests that do and don't widen access."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import yaml

from e2e.harness.binaries import REPOSITORY

ACTION = REPOSITORY / "action" / "access"
EXAMPLE = REPOSITORY / "examples" / "forgejo"
TOKEN = "canary-of-the-forge"


class Forge(BaseHTTPRequestHandler):
    comments: list[tuple[str, str, str]] = []  # noqa: RUF012

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["body"]
        self.comments.append((self.path, self.headers["Authorization"], body))
        self.send_response(201)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing on stderr."""


@pytest.fixture
def forge() -> Iterator[str]:
    Forge.comments = []
    server = HTTPServer(("127.0.0.1", 0), Forge)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/api/v1"
    server.shutdown()


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run(
        ["git", "-C", folder, *identity, *arguments], check=True, capture_output=True, text=True, timeout=60
    )
    return done.stdout.strip()


@pytest.fixture
def pull(tmp_path: Path) -> tuple[Path, str]:
    """A clone whose target branch has the example's files; and that commit."""
    git(tmp_path, "init", "--quiet")
    (tmp_path / "k8s").mkdir()
    (tmp_path / "auth.yaml").write_text((EXAMPLE / "auth.yaml").read_text())
    (tmp_path / "k8s/rbac.yaml").write_text((EXAMPLE / "rbac.yaml").read_text())
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "before")
    return tmp_path, git(tmp_path, "rev-parse", "HEAD")


def run(folder: Path, base: str, api: str, **given: str) -> subprocess.CompletedProcess[str]:
    action = yaml.safe_load((ACTION / "action.yml").read_text())
    [step] = action["runs"]["steps"]
    inputs = {name: str(field.get("default", "")) for name, field in action["inputs"].items()}
    inputs |= {"file": "auth.yaml", "rbac": "k8s", "token": TOKEN, **given}
    values = {f"${{{{ inputs.{name} }}}}": value for name, value in inputs.items()}
    values |= {
        "${{ github.action_path }}": str(ACTION),
        "${{ github.event.pull_request.base.sha }}": base,
        "${{ github.event.pull_request.number }}": "7",
        "${{ github.api_url }}": api,
        "${{ github.repository }}": "adam/cluster",
    }
    environment = {name: values[text] for name, text in step["env"].items()}
    environment |= {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder),
        "RUNNER_TEMP": str(folder.parent),
        "GITHUB_STEP_SUMMARY": str(folder.parent / "summary.md"),
    }
    return subprocess.run(
        ["bash", "-e", "-c", step["run"]],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_a_change_that_widens_access_fails_and_is_commented(pull: tuple[Path, str], forge: str) -> None:
    folder, base = pull
    text = (folder / "auth.yaml").read_text().replace("in ['adam']", "in ['adam', 'eve']")
    (folder / "auth.yaml").write_text(text)
    (folder / "yaml.py").write_text("raise SystemExit('code of the pull request ran')")
    done = run(folder, base, forge, comment="true")
    assert done.returncode == 3, done.stdout + done.stderr
    assert done.stdout.startswith("**Someone new gets in.**")
    [(path, authorization, body)] = Forge.comments
    assert path == "/api/v1/repos/adam/cluster/issues/7/comments"
    assert authorization == f"token {TOKEN}"
    assert body == done.stdout == (folder.parent / "summary.md").read_text()
    assert "from `auth.yaml` to `auth.yaml`" in body
    assert TOKEN not in done.stdout + done.stderr


@pytest.mark.parametrize("limit", ["widened", ""])
def test_a_change_that_narrows_access_passes(pull: tuple[Path, str], forge: str, limit: str) -> None:
    folder, base = pull
    (folder / "k8s/rbac.yaml").write_text("")
    done = run(folder, base, forge, **{"fail-on": limit})
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("**No one new gets in.**")
    assert Forge.comments == []


def test_what_is_missing_is_said(pull: tuple[Path, str], forge: str) -> None:
    folder, base = pull
    assert "isn't a pull request" in run(folder, "", forge).stdout
    assert "needs fetch-depth: 0" in run(folder, "0" * 40, forge).stdout
    done = run(folder, base, forge, file="other.yaml")
    assert (done.returncode, "isn't in the target branch" in done.stdout) == (2, True)


def test_a_forge_that_refuses_the_comment_is_a_warning(pull: tuple[Path, str]) -> None:
    folder, base = pull
    done = run(folder, base, "http://127.0.0.1:1/api/v1", comment="true")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "::warning::kube-oidc: the comment could not be written" in done.stdout
