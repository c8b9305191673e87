"""A changed file is picked up by the running API server, and its metric proves which file that is."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.harness.outcome import within
from e2e.harness.world import EXAMPLE_FILE, MAIN, World
from e2e.story.acts import kube_oidc

POLLED_WITHIN_SECONDS = 180  # the API server looks once a minute
RENAMED = EXAMPLE_FILE.read_text().replace('prefix: "forgejo:"', 'prefix: "renamed:"').encode()
BROKEN = RENAMED.replace(b"https://", b"http://")


def hash_of(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


@pytest.fixture(scope="module")
def reloading(world: World) -> Iterator[World]:
    with world.another("reloading", EXAMPLE_FILE.read_bytes()) as second:
        yield second


def write(world: World, data: bytes) -> None:
    """A rename over the file, as a configuration system does it."""
    file = world.cluster.api_server.configuration
    new = file.with_suffix(".new")
    new.write_bytes(data)
    new.replace(file)


def status(world: World, file: Path | None = None) -> tuple[int, str]:
    """About the file it watches, or another one."""
    server = world.cluster.api_server
    arguments = (f"--kubeconfig={server.admin}", f"{file or server.configuration}")
    said = kube_oidc("status", *arguments, environment=world.cluster.site.environment)
    return said.status, said.output


def failed_reloads(world: World) -> int:
    """How many files the API server tried and refused since it started."""
    metrics = world.cluster.kubectl("get", "--raw", "/metrics")
    found = re.search(
        r'^\S+_config_controller_automatic_reloads_total\{.*status="failure".*\} (\d+)$', metrics, re.M
    )
    return int(found[1]) if found else 0


def test_a_change_is_loaded_without_a_restart(reloading: World, tmp_path: Path) -> None:
    before = reloading.cluster.loaded_hash()
    assert before == hash_of(EXAMPLE_FILE.read_bytes())
    assert status(reloading)[0] == 0
    (tmp_path / "to-come.yaml").write_bytes(RENAMED)
    assert status(reloading, tmp_path / "to-come.yaml")[0] == 1, "status must notice that another file runs"
    write(reloading, RENAMED)
    within(POLLED_WITHIN_SECONDS, lambda: reloading.cluster.loaded_hash() == hash_of(RENAMED))
    assert status(reloading)[0] == 0
    assert not reloading.cluster.api_server.program.ended
    token = reloading.issuer.sign(reloading.issuer.claims(MAIN, "forgejo"))
    who = reloading.cluster.kubectl("auth", "whoami", kubeconfig=reloading.kubeconfig_for(token))
    assert f"renamed:{MAIN.subject}" in who


def test_a_broken_change_keeps_what_runs(reloading: World) -> None:
    running = reloading.cluster.loaded_hash()
    write(reloading, BROKEN)
    within(POLLED_WITHIN_SECONDS, lambda: failed_reloads(reloading) == 1)
    assert reloading.cluster.loaded_hash() == running
    code, output = status(reloading)
    assert code == 1
    assert hash_of(BROKEN) in output
    assert not reloading.cluster.api_server.program.ended
