"""The module's `anonymous` on real API servers: requests without credentials, and changes."""

from __future__ import annotations

import http.client
import re
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from e2e.harness import certificates, cluster
from e2e.harness.binaries import Binaries
from e2e.harness.placing import renamed

HEALTH: Final = 'anonymous = { enabled = true; conditions = [ "/livez" { path = "/readyz"; } ]; };'
# The module's flags, except the one that conflicts with the file.
FLAGS: Final = tuple(flag for flag in cluster.EXTRA_OPTS if not flag.startswith("--anonymous-auth"))
PATHS: Final = ("/livez", "/readyz", "/version", "/api")
RELOADS: Final = r'_config_controller_automatic_reloads_total\{.*status="failure".*\} (\d+)'


@pytest.fixture
def server(
    binaries: Binaries, evaluate: Callable[[str], Any], tmp_path: Path
) -> Iterator[Callable[..., Any]]:
    """Starts an API server with the module's file for this distribution, without issuers."""
    authority = certificates.Authority("authority", tmp_path)
    site = cluster.Site(tmp_path, binaries, authority, {})
    certificates.write_secret(
        site.service_accounts, certificates.private_pem(rsa.generate_private_key(65537, 2048))
    )
    with cluster.store(site) as etcd:

        @contextmanager
        def start(distribution: str, settings: str = "") -> Iterator[cluster.Cluster]:
            text = written(evaluate, distribution, settings)
            with cluster.api_server(site, distribution, etcd, text, renamed, extra=FLAGS) as started:
                yield cluster.Cluster(site, etcd, started)

        yield start


def written(evaluate: Callable[[str], Any], distribution: str, settings: str) -> bytes:
    """The file of a machine without issuers."""
    text: str = evaluate(f"evaluate.file [ evaluate.{distribution} (evaluate.oidc {{ {settings} }}) ]")
    return text.encode()


def asked(running: cluster.Cluster) -> dict[str, int]:
    """HTTP status of each path without credentials."""
    context = ssl.create_default_context(cafile=str(running.site.authority.certificate))
    statuses = {}
    for path in PATHS:
        host = running.api_server.url.removeprefix("https://")
        connection = http.client.HTTPSConnection(host, context=context, timeout=20)
        connection.request("GET", path)
        statuses[path] = connection.getresponse().status
        connection.close()
    return statuses


def test_k3s_stays_closed(server: Callable[..., Any]) -> None:
    with server("k3s") as running:
        assert asked(running) == dict.fromkeys(PATHS, 401)


def test_services_kubernetes_is_open_by_default(server: Callable[..., Any]) -> None:
    """The user system:anonymous is accepted; RBAC grants it little."""
    with server("master") as running:
        assert asked(running) == {"/livez": 200, "/readyz": 200, "/version": 200, "/api": 403}


def test_only_health_is_open_and_a_change_needs_a_restart(
    server: Callable[..., Any], evaluate: Callable[[str], Any]
) -> None:
    with ExitStack() as stack:
        running = stack.enter_context(server("k3s", HEALTH))
        open_paths = {"/livez": 200, "/readyz": 200, "/version": 401, "/api": 401}
        assert asked(running) == open_paths
        before = running.loaded_hash()
        renamed(running.api_server.configuration, written(evaluate, "k3s", ""))
        assert reload_fails(running)
        assert running.loaded_hash() == before
        assert asked(running) == open_paths


def reload_fails(running: cluster.Cluster) -> bool:
    """Whether a reload fails within a minute and a half, according to the API server's metrics."""
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        found = re.search(RELOADS, running.kubectl("get", "--raw", "/metrics"))
        if found is not None and found[1] != "0":
            return True
        time.sleep(0.5)
    return False
