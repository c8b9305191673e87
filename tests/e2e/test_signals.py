"""Every command, told to end while it waits: it ends at once, and leaves no trace, no child and no file."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from kube_oidc.cli import COMMANDS

from e2e.harness.fault_rows import INTERRUPTED, TERMINATED, Row
from e2e.harness.kubeconfig import kubeconfig
from e2e.harness.outcome import within
from e2e.harness.world import EXAMPLE

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc says what a program waits for")

AUTH = str(EXAMPLE / "auth.yaml")
# What a shell starts in the background ignores SIGINT, and so does all below it: these tests may be that.
KUBE_OIDC = ["env", "--default-signal=INT", sys.executable, "-m", "kube_oidc"]
ENDED_WITHIN_SECONDS = 10  # at once, on a busy machine
SLEEPS = "#!/bin/sh\nsleep 300 &\necho $! > {folder}/child\nwait\n"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A command that waits: for standard input, for a program that sleeps, for a server that says nothing."""

    arguments: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)
    has_child: bool = False


WAITING = {
    "check, for standard input": Waiting(("check", "-")),
    "check, for a binary": Waiting(
        ("check", "--apiserver", "{folder}/sleeps", "--kubernetes-version", "1.36", AUTH), has_child=True
    ),
    "explain, for standard input": Waiting(("explain", AUTH, "--token-file", "-")),
    "audit, for standard input": Waiting(("audit", "-")),
    "test, for standard input": Waiting(("test", "-")),
    "access, for standard input": Waiting(("access", "/dev/stdin")),
    "who-can, for standard input": Waiting(("who-can", "get", "pods", "--rbac", "-")),
    "token, for a server": Waiting(
        ("token", "--audience", "forgejo", "--source", "forgejo"),
        {
            "ACTIONS_ID_TOKEN_REQUEST_URL": "https://127.0.0.1:{port}/",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "request",
        },
    ),
    "token, for a program": Waiting(
        ("token", "--audience", "forgejo", "--source", "buildkite"), has_child=True
    ),
    "kubeconfig, for standard input": Waiting(("kubeconfig", "--from", "/dev/stdin", "--empty-user")),
    "workflow, for standard input": Waiting(
        ("workflow", "--options", "-", "--grant", "blog", "--deployment", "blog", "--image", "blog")
    ),
    "migrate, for standard input": Waiting(("migrate", "--from", "-")),
    "status, for a server": Waiting(("status", "--kubeconfig", "{folder}/kubeconfig")),
    "apply, for a server": Waiting(
        ("apply", "--config", AUTH, "--grants", "{folder}/grants.json", "--kubeconfig", "{folder}/kubeconfig")
    ),
}
NEVER_WAITS = {"completion", "schema"}


def test_every_command_is_among_them() -> None:
    assert {name.partition(",")[0] for name in WAITING} | NEVER_WAITS == set(COMMANDS)


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a server that takes a connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def folder(tmp_path: Path, silent: int) -> Path:
    """What the commands read, and room for what they leave."""
    (tmp_path / "kubeconfig").write_text(kubeconfig(f"https://127.0.0.1:{silent}"))
    for name in ("sleeps", "buildkite-agent"):
        (tmp_path / name).write_text(SLEEPS.format(folder=tmp_path))
        (tmp_path / name).chmod(0o755)
    (tmp_path / "grants.json").write_text('{"apiVersion": "v1", "kind": "List", "items": []}')
    (tmp_path / "temporary").mkdir()
    return tmp_path


@contextmanager
def waiting(case: Waiting, folder: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """The command, once it does nothing but wait."""
    known = {"folder": folder, "port": port}
    environment = {
        "PATH": f"{folder}:{os.environ['PATH']}",
        "TMPDIR": str(folder / "temporary"),
        "HOME": str(folder),
        **{name: value.format(**known) for name, value in case.environment.items()},
    }
    command = [*KUBE_OIDC, *(word.format(**known) for word in case.arguments)]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
    try:
        if case.has_child:
            within(60, lambda: (folder / "child").exists() and bool((folder / "child").read_text()))
        wait_until_idle(process)
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_until_idle(process: subprocess.Popen[str]) -> None:
    """Returns once the process has used time, sleeps, and for a while uses no more."""
    before, same = "", 0
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()
        fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
        now = f"{fields[0]} {fields[11]} {fields[12]}"
        same = same + 1 if now == before else 0
        if same == 3 and fields[0] == "S" and int(fields[11]) > 1:
            return
        before = now
        time.sleep(0.2)
    raise AssertionError("it did not come to rest")


def is_there(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


SIGNALS = {signal.SIGINT: (130, "kube-oidc: interrupted\n"), signal.SIGTERM: (143, "kube-oidc: terminated\n")}
ROWS = {signal.SIGINT: INTERRUPTED, signal.SIGTERM: TERMINATED}


@pytest.mark.parametrize("number", SIGNALS, ids=["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("case", WAITING.values(), ids=WAITING)
def test_a_command_that_waits_ends_when_told(
    folder: Path, silent: int, table: Callable[[Row], None], case: Waiting, number: signal.Signals
) -> None:
    with waiting(case, folder, silent) as process:
        child = int((folder / "child").read_text()) if case.has_child else None
        process.send_signal(number)
        output, errors = process.communicate(timeout=ENDED_WITHIN_SECONDS)
        assert (process.returncode, errors) == SIGNALS[number]
        assert output == ""
        assert list((folder / "temporary").iterdir()) == []
        assert child is None or not is_there(child), "its child must go with it"
    table(ROWS[number])
