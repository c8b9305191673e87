"""`kube-oidc status --wait` on a real API server: until it has loaded the file, or has failed to."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from e2e.status import status
from e2e.test_reload import write
from e2e.world import EXAMPLE, MAIN, World

OLD = (EXAMPLE / "auth.yaml").read_bytes().replace(b'prefix: "forgejo:"', b'prefix: "older:"')


def test_waiting_ends_when_the_file_is_loaded(world: World) -> None:
    with world.another("waited-for", OLD) as other:
        server = other.cluster.api_server
        wanted = OLD.replace(b"older:", b"newer:")
        copy = server.configuration.with_suffix(".wanted")
        copy.write_bytes(wanted)
        threading.Timer(2, write, (other, wanted)).start()
        said = status(
            f"--kubeconfig={server.admin}", f"--config={copy}", "--only=server", "--wait=90", "--timeout=5"
        )
        assert said.returncode == 0, said.stdout + said.stderr
        assert "0 of 1 API servers have loaded" in said.stderr
        assert "success" in said.stdout

        refused = wanted.replace(b"https://", b"http://")
        write(other, refused)
        start = time.monotonic()
        said = status(
            f"--kubeconfig={server.admin}", f"--config={server.configuration}", "--only=server", "--wait=300"
        )
        assert time.monotonic() - start < 80, "it must stop at the failure"
        assert said.returncode == 1
        assert "its reload failed" in said.stderr
        assert "URL scheme must be https" in said.stdout.splitlines()[0]
        assert any(
            "has loaded another file" in line and "last reload failed" in line
            for line in said.stdout.splitlines()
        )


def test_waiting_has_an_end(world: World, tmp_path: Path) -> None:
    file = tmp_path / "auth.yaml"
    file.write_bytes(OLD)
    said = status(
        f"--kubeconfig={world.cluster.api_server.admin}", f"--config={file}", "--only=server", "--wait=3"
    )
    assert said.returncode == 1
    assert "not loaded within 3 s" in said.stderr


def test_waiting_ends_where_the_metrics_may_not_be_read(world: World) -> None:
    token = world.issuer.sign(world.issuer.claims(MAIN, "forgejo"))
    file = world.cluster.api_server.configuration
    start = time.monotonic()
    said = status(
        f"--kubeconfig={world.kubeconfig_for(token)}", f"--config={file}", "--only=server", "--wait=60"
    )
    assert 9 < time.monotonic() - start < 40
    assert said.returncode == 1
    assert "its metrics cannot be asked: HTTP 403: forbidden" in said.stderr
