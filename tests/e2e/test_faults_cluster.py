"""One of three API servers has an old file: its answer is another, and `kube-oidc status` says which one it is."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import ExitStack

from e2e.harness.fault_rows import OLD_FILE, Row
from e2e.harness.kubeconfig import write_kubeconfig
from e2e.harness.outcome import kube_oidc, ran, within
from e2e.harness.world import EXAMPLE_FILE, MAIN, World

NEW = EXAMPLE_FILE.read_bytes()
OLD = NEW.replace(b"forgejo\n", b"before\n", 1)


def test_one_of_three_api_servers_has_an_old_file(world: World, table: Callable[[Row], None]) -> None:
    assert OLD != NEW
    site = world.cluster.site
    with ExitStack() as stack:
        servers = [world.cluster.api_server]
        servers += [
            stack.enter_context(world.cluster.another(name, data)).api_server
            for name, data in (("new", NEW), ("old", OLD))
        ]
        token = world.issuer.sign(world.issuer.claims(MAIN, "forgejo"))

        def accepted() -> list[bool]:
            answers = []
            for number, server in enumerate(servers):
                path = site.folder / f"three-{number}.kubeconfig"
                write_kubeconfig(path, server.url, site.authority, {"token": token})
                said = ran([site.binaries.path("kubectl"), f"--kubeconfig={path}", "auth", "whoami"])
                assert said.status == 0 or "(Unauthorized)" in said.errors
                answers.append(said.status == 0)
            return answers

        within(30, lambda: accepted()[:2] == [True, True])
        assert accepted() == [True, True, False]
        urls = [word for server in servers for word in ("--server", server.url)]
        command = ["status", "--kubeconfig", str(servers[0].admin), str(EXAMPLE_FILE)]
        said = kube_oidc(*command, "--only", "servers", *urls)
    problems = [line for line in said.output.splitlines() if line.startswith("error")]
    old = hashlib.sha256(OLD).hexdigest()
    assert problems == [f"error    server {servers[2].url}: has loaded another file, sha256:{old}"]
    assert said.status == 1
    table(OLD_FILE)
