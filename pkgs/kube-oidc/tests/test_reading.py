"""Files that are none, or have no end yet: a command says what it waits for, and what it will not read."""

from __future__ import annotations

import os
import pty
import subprocess
import threading
import time
from pathlib import Path

import pytest
from kube_oidc.cli import main
from kube_oidc.commands import reading
from program import command, environment

CONFIG = b"""\
apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
jwt:
- issuer: {url: "https://i.example.org", audiences: [a]}
  claimMappings: {username: {claim: sub, prefix: "x:"}}
"""


def test_a_pipe_is_waited_for_and_said_to_be_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(reading, "PIPE_NOTICE_SECONDS", 0.1)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    def late() -> None:
        with pipe.open("wb") as file:  # returns when the reader has opened it
            time.sleep(0.5)
            file.write(CONFIG)

    threading.Thread(target=late, daemon=True).start()
    assert main(["check", str(pipe)]) == 0
    said = capsys.readouterr()
    assert said.err == f"kube-oidc: waiting for data from the pipe {pipe}\n"
    assert "1 file checked: 1 valid" in said.out


def test_a_terminal_is_said_to_be_read() -> None:
    ours, theirs = pty.openpty()
    pipes = {"stdin": theirs, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command("check", "-"), env=environment(**os.environ), **pipes) as process:
        os.close(theirs)
        assert process.stderr is not None
        assert process.stderr.readline() == b"kube-oidc: reading from the terminal; press Ctrl-D to finish\n"
        os.write(ours, CONFIG + b"\x04")
        output, errors = process.communicate(timeout=30)
    os.close(ours)
    assert (process.returncode, errors) == (0, b"")
    assert b"<stdin>" in output or b"1 valid" in output


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "/dev/zero"),
        ("check", "auth.yaml", "--option-map", "/dev/zero"),
        ("explain", "/dev/zero", "--claims", "claims"),
        ("explain", "auth.yaml", "--claims", "/dev/zero"),
        ("explain", "auth.yaml", "--token-file", "claims", "--keys", "/dev/zero"),
        ("access", "/dev/zero"),
        ("status", "/dev/zero"),
        ("kubeconfig", "--from", "/dev/zero", "--empty-user"),
        ("migrate", "--from", "/dev/zero"),
        ("workflow", "--options", "/dev/zero", "--grant=g", "--deployment=d", "--image=i"),
    ],
    ids=" ".join,
)
def test_a_file_without_end_is_not_read_to_it(
    arguments: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(reading, "MAX_FILE_BYTES", 1 << 20)
    monkeypatch.chdir(tmp_path)
    Path("auth.yaml").write_bytes(CONFIG)
    Path("claims").write_text("e30.e30.e30")
    assert main(list(arguments)) == 2
    said = capsys.readouterr()
    assert "cannot read /dev/zero: larger than 1 MiB" in said.err
    assert said.out == ""
