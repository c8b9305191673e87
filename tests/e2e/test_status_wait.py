"""`kube-oidc status --wait` on a real API server: until it has loaded the file, or has failed to."""

from __future__ import annotations

import time
from pathlib import Path

from e2e.harness import serving
from e2e.harness.status import TIMEOUT_SECONDS, begun, status
from e2e.harness.world import EXAMPLE_FILE, HOST, MAIN, World
from e2e.test_reload import failed_reloads, within, write

OLD = EXAMPLE_FILE.read_bytes().replace(b'prefix: "forgejo:"', b'prefix: "older:"')


def test_waiting_ends_when_the_file_is_loaded(world: World) -> None:
    with world.another("waited-for", OLD) as other:
        server = other.cluster.api_server
        wanted = OLD.replace(b"older:", b"newer:")
        copy = server.configuration.with_suffix(".wanted")
        copy.write_bytes(wanted)
        with begun(
            f"--kubeconfig={server.admin}", str(copy), "--only=server", "--wait=120s", "--timeout=10s"
        ) as process:
            assert process.stderr is not None
            first = process.stderr.readline()
            write(other, wanted)
            output, errors = process.communicate(timeout=TIMEOUT_SECONDS)
        assert process.returncode == 0, output + errors
        assert "0 of 1 API servers have loaded" in first
        assert "success" in output

        refused = wanted.replace(b"https://", b"http://")
        write(other, refused)
        start = time.monotonic()
        said = status(
            f"--kubeconfig={server.admin}", f"{server.configuration}", "--only=server", "--wait=300s"
        )
        assert time.monotonic() - start < 200, "it must stop at the failure"
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
    said = status(f"--kubeconfig={world.cluster.api_server.admin}", str(file), "--only=server", "--wait=3s")
    assert said.returncode == 1
    assert "not loaded within 3 s" in said.stderr


def test_waiting_ends_where_the_metrics_may_not_be_read(world: World) -> None:
    token = world.issuer.sign(world.issuer.claims(MAIN, "forgejo"))
    file = world.cluster.api_server.configuration
    start = time.monotonic()
    said = status(f"--kubeconfig={world.kubeconfig_for(token)}", str(file), "--only=server", "--wait=60s")
    assert 9 < time.monotonic() - start < 60
    assert said.returncode == 1
    assert "its metrics cannot be asked: HTTP 403: forbidden" in said.stderr


def test_waiting_goes_on_where_an_issuer_did_not_answer(world: World) -> None:
    host = "late.example.org"
    with world.another("waiting-for-an-issuer", OLD) as other:
        server = other.cluster.api_server
        write(other, OLD.replace(HOST.encode(), host.encode()))
        asked = (f"--kubeconfig={server.admin}", f"{server.configuration}", "--only=server")
        with begun(*asked, "--wait=300s") as waiting:
            assert within(150, lambda: failed_reloads(other) == 1), "the API server gives the issuer a minute"
            assert waiting.poll() is None
            with serving.serve(host, world.cluster.site.authority) as late:
                world.routes[f"{host}:443"] = late.port
                output, progress = waiting.communicate(timeout=TIMEOUT_SECONDS)
            del world.routes[f"{host}:443"]
    assert waiting.returncode == 0, output + progress
    assert "failed reloads: 1, it tries again once a minute if an issuer did not answer" in progress
    assert "has not tried again" not in progress
