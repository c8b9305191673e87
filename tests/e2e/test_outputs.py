"""Every command, with nobody to read what it writes, or no room for it: it says so, and nothing is half written."""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from kube_oidc.cli import COMMANDS

from e2e.harness.fault_rows import CLOSED_PIPE, FULL_DISK, Row
from e2e.harness.kubeconfig import kubeconfig
from e2e.harness.world import EXAMPLE

AUTH = str(EXAMPLE / "auth.yaml")
ARTICLE = str(EXAMPLE.with_name("article") / "auth.yaml")  # has findings, so there is something to write
KUBE_OIDC = [sys.executable, "-m", "kube_oidc"]
JWT = "eyJhbGciOiJub25lIn0.eyJhdWQiOiJmb3JnZWpvIn0.c2ln"
MIGRATE_NOTE = "kube-oidc migrate: (the API server doesn't start|signing algorithms:)"
EVENT = (
    '{"kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata", "stage": "ResponseComplete", '
    '"verb": "get", "user": {"username": "a"}, "requestURI": "/api", "responseStatus": {"code": 200}}\n'
)
WRITING = {
    "check": ("check", AUTH),
    "explain": ("explain", AUTH, "--claims", "{folder}/claims.json"),
    "access": ("access", AUTH),
    "who-can": ("who-can", "get", "pods", "--rbac", "{folder}/grants.json"),
    "token": ("token", "--file", "{folder}/token"),
    "kubeconfig": ("kubeconfig", "--server", "https://kubernetes.example.org", "--empty-user"),
    "workflow": (
        "workflow", "--provider", "forgejo", "--audience", "a", "--namespace", "n", "--deployment", "d",
        "--image", "i",
    ),
    "migrate": ("migrate", "--", "--oidc-issuer-url=https://issuer.example.org", "--oidc-client-id=a"),
    "schema": ("schema", "grants"),
    "test": ("test", "--init", AUTH),
    "audit": ("audit", "{folder}/audit.log"),
    "completion": ("completion", "bash"),
    "apply": (
        "apply", "--config", AUTH, "--grants", "{folder}/grants.json", "--kubeconfig", "{folder}/refusing",
        "--timeout", "2s",
    ),
    "status": ("status", "--kubeconfig", "{folder}/refusing", "--timeout", "1s"),
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What the commands read."""
    (tmp_path / "refusing").write_text(kubeconfig("https://127.0.0.1:9"))
    (tmp_path / "claims.json").write_text('{"iss": "https://elsewhere.example.org"}')
    (tmp_path / "token").write_text(JWT)
    (tmp_path / "audit.log").write_text(EVENT)
    (tmp_path / "grants.json").write_text('{"apiVersion": "v1", "kind": "List", "items": []}')
    return tmp_path


def test_every_command_is_among_them() -> None:
    assert set(WRITING) == set(COMMANDS)


def into(output: object, arguments: tuple[str, ...], folder: Path, **streams: object) -> tuple[int, str]:
    """Status and stderr of the command that writes there."""
    words = [word.format(folder=folder) for word in arguments]
    done = subprocess.run(
        [*KUBE_OIDC, *words],
        check=False,
        stdout=output,
        **{"stderr": subprocess.PIPE, "text": True, "timeout": 60, **streams},
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize("command", WRITING)
def test_a_closed_pipe_is_no_news(folder: Path, table: Callable[[Row], None], command: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    status, errors = into(writer, WRITING[command], folder)
    os.close(writer)
    assert status == 2
    assert without_notes(errors) == ""
    table(CLOSED_PIPE)


def without_notes(errors: str) -> str:
    """What is not migrate's, which says on stderr what differs."""
    return "".join(line for line in errors.splitlines(keepends=True) if not re.match(MIGRATE_NOTE, line))


@pytest.mark.parametrize("command", WRITING)
def test_a_full_disk_is_named(folder: Path, command: str) -> None:
    with Path("/dev/full").open("w") as full:
        status, errors = into(full, WRITING[command], folder)
    assert status == 2
    assert without_notes(errors) == f"kube-oidc {command}: No space left on device\n"


@pytest.mark.parametrize("command", WRITING)
def test_a_closed_output_is_named(folder: Path, command: str) -> None:
    closed = {"preexec_fn": lambda: os.close(1)}
    expected = (2, f"kube-oidc {command}: standard output is closed\n")
    assert into(None, WRITING[command], folder, **closed) == expected


def test_a_closed_stderr_changes_no_exit_status(folder: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    assert into(writer, ("check", "nowhere.yaml"), folder, stderr=writer) == (2, None)
    os.close(writer)
    assert into(None, ("check", "nowhere.yaml"), folder, preexec_fn=lambda: os.close(2), stderr=None)[0] == 2


@pytest.fixture
def full(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a command in a folder on a disk of 16 KiB that another file fills."""
    disk = tmp_path / "disk"
    disk.mkdir()
    fill = (
        f"mount -t tmpfs -o size=16k full {disk} && echo old > {disk}/config && cat /dev/zero > {disk}/filled"
    )

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        enter = f"({fill}) 2>/dev/null; test -e {disk}/filled || exit 77; cd {disk}"
        script = f'{enter}; "$@"; echo "$?"; ls -A; cat config'
        words = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh", *command]
        done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
        if done.returncode:
            pytest.skip(f"no mount of one's own here (unshare, tmpfs): {done.stderr.strip()}")
        return done

    return run


WRITES_A_FILE = {
    "kubeconfig": (
        ("kubeconfig", "--server", "https://kubernetes.example.org", "--empty-user", "--output"),
        "kubeconfig: cannot write {file}: {reason}",
    ),
    "check": (("check", ARTICLE, "--nixos-report"), "check: --nixos-report {file}: {reason}"),
}
FILES = pytest.mark.parametrize(("arguments", "says"), WRITES_A_FILE.values(), ids=WRITES_A_FILE)


@FILES
def test_on_a_full_disk_the_old_file_stays(
    full: Callable[..., subprocess.CompletedProcess[str]],
    table: Callable[[Row], None],
    arguments: tuple[str, ...],
    says: str,
) -> None:
    done = full(*KUBE_OIDC, *arguments, "config")
    assert done.stderr == f"kube-oidc {says.format(file='config', reason='No space left on device')}\n"
    assert done.stdout.endswith("2\nconfig\nfilled\nold\n")
    table(FULL_DISK)


@FILES
def test_beyond_a_limit_the_old_file_stays(tmp_path: Path, arguments: tuple[str, ...], says: str) -> None:
    file = tmp_path / "config"
    file.write_text("old")
    done = subprocess.run(
        [*KUBE_OIDC, *arguments, file],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10)),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr == f"kube-oidc {says.format(file=file, reason='File too large')}\n"
    assert (file.read_text(), list(tmp_path.iterdir())) == ("old", [file])
