"""An API server that trusts many forges, each with a fault of its own, so that all are waited for at once."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import yaml
from cryptography.hazmat.primitives.asymmetric import rsa

from e2e.harness import cluster, serving
from e2e.harness.binaries import Binaries
from e2e.harness.certificates import Authority, private_pem, write_secret
from e2e.harness.cluster import ApiServer, Site
from e2e.harness.faults import Fault, general
from e2e.harness.issuer import Issuer
from e2e.harness.kubeconfig import write_kubeconfig
from e2e.harness.outcome import Outcome, kube_oidc, ran
from e2e.harness.processes import free_port
from e2e.harness.world import MAIN

AUDIENCE = "forgejo"
LIFETIME_SECONDS = 300  # as GitHub's


class Forges:
    """A forge for each fault, by the fault's title; those that are not down answer."""

    def __init__(self, authority: Authority, faults: Sequence[Fault]) -> None:
        self._authority = authority
        self._answering: dict[str, ExitStack] = {}
        self.issuers = {fault.title: _issuer(fault) for fault in faults}

    def rise(self, fault: Fault) -> None:
        """The forge begins to answer."""
        stack = self._answering.setdefault(fault.title, ExitStack())
        issuer = self.issuers[fault.title]
        stack.enter_context(serving.serving(issuer, fault.certificate(self._authority)))

    def fall(self, fault: Fault) -> None:
        """The forge is gone."""
        self._answering.pop(fault.title).close()

    def close(self) -> None:
        """All of them are gone."""
        for stack in self._answering.values():
            stack.close()


@dataclass(frozen=True, slots=True)
class Troubled:
    """The API server, the URL of its store, what ends that, and the forges."""

    site: Site
    etcd: str
    store: ExitStack
    server: ApiServer
    forges: Forges

    def kubectl(self, *arguments: str) -> Outcome:
        """What comes of kubectl, called by the owner."""
        return ran([self.site.binaries.path("kubectl"), f"--kubeconfig={self.server.admin}", *arguments])

    def token(self, fault: Fault) -> str:
        """A new token of this forge, as a job would get it."""
        issuer = self.forges.issuers[fault.title]
        return issuer.sign(issuer.claims(MAIN, AUDIENCE))

    def accepts(self, token: str) -> bool:
        """Whether the API server takes the token; what it answers else is 401."""
        path = self.site.folder / f"token-{time.monotonic_ns()}.kubeconfig"
        write_kubeconfig(path, self.server.url, self.site.authority, {"token": token})
        said = ran([self.site.binaries.path("kubectl"), f"--kubeconfig={path}", "auth", "whoami"])
        path.unlink()
        if said.status:
            assert "You must be logged in to the server (Unauthorized)" in said.errors
            return False
        assert MAIN.subject in said.output
        return True

    def has_logged(self, fault: Fault) -> bool:
        """Whether the API server's log has the reason, and not about another forge."""
        host = self.forges.issuers[fault.title].host
        others = [other.host for other in self.forges.issuers.values() if other.host != host]
        lines = self.server.program.log.read_text(errors="replace").splitlines()
        own = (line for line in lines if not any(host in line for host in others))
        return any(fault.log in general(line, host) for line in own)

    def says(self, fault: Fault) -> Outcome:
        """What comes of `kube-oidc token` in a job of this forge."""
        issuer = self.forges.issuers[fault.title]
        with issuer.job(MAIN) as request:
            environment = {"FORGEJO_ACTIONS": "true", **self.site.environment, **request}
            said = kube_oidc("token", "--audience", AUDIENCE, environment=environment)
        return replace(
            said, errors=general(said.errors, issuer.host).removeprefix("kube-oidc token: ").strip()
        )

    def finds(self, fault: Fault) -> Outcome:
        """What comes of `kube-oidc status` for this forge alone."""
        issuer = self.forges.issuers[fault.title]
        command = ("status", "--only", "issuers", self._file(issuer))
        found = kube_oidc(*command, environment=self.site.environment)
        problem = re.search(r"^\w+ +issuer FORGE/api/actions: (.*)", general(found.output, issuer.host), re.M)
        return replace(found, output=problem[1] if problem else "")

    def explains(self, fault: Fault) -> str:
        """The last line of `kube-oidc explain --online` about a new token of this forge."""
        issuer = self.forges.issuers[fault.title]
        command = ("explain", "--online", "--token-file", "-", self._file(issuer))
        said = kube_oidc(*command, environment=self.site.environment, stdin=self.token(fault))
        lines = general(said.output + said.errors, issuer.host).strip().splitlines()
        return next(line for line in reversed(lines) if not line.startswith("  fix: "))

    def _file(self, issuer: Issuer) -> str:
        file = self.site.folder / f"{issuer.port}.yaml"
        file.write_bytes(configuration([issuer]))
        return str(file)


def configuration(issuers: Iterable[Issuer]) -> bytes:
    """An AuthenticationConfiguration that trusts each of them."""
    mapping = {"username": {"claim": "sub", "prefix": "forgejo:"}}
    entries = [
        {"issuer": {"url": issuer.url, "audiences": [AUDIENCE]}, "claimMappings": mapping}
        for issuer in issuers
    ]
    head = {"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthenticationConfiguration"}
    return yaml.safe_dump(head | {"jwt": entries}).encode()


@contextmanager
def start(folder: Path, binaries: Binaries, faults: Sequence[Fault]) -> Iterator[Troubled]:
    """The API server, once it is ready, with a store of its own and the forges around it."""
    authority = Authority("authority", folder)
    site = Site(folder, binaries, authority, {"SSL_CERT_FILE": str(authority.certificate)})
    write_secret(site.service_accounts, private_pem(rsa.generate_private_key(65537, 2048)))
    forges = Forges(authority, faults)
    with ExitStack() as stack:
        stack.callback(forges.close)
        for fault in faults:
            if fault.up:
                forges.rise(fault)
        store = stack.enter_context(ExitStack())
        etcd = store.enter_context(cluster.store(site))
        trusting = configuration(forges.issuers.values())
        server = stack.enter_context(cluster.api_server(site, "troubled", etcd, trusting))
        yield Troubled(site, etcd, store, server, forges)


def _issuer(fault: Fault) -> Issuer:
    port = free_port()
    return Issuer(
        f"127.0.0.1:{port}", port, behaviour=fault.behaviour, ahead=fault.ahead, lifetime=LIFETIME_SECONDS
    )
