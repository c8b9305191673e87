"""A control plane on 127.0.0.1: etcd, kube-apiserver, controller manager, scheduler, and kwok as kubelet."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric import rsa

from e2e.harness.binaries import Binaries
from e2e.harness.certificates import Authority, private_pem, write_secret
from e2e.harness.kubeconfig import certificate_user, write_kubeconfig
from e2e.harness.processes import Program, free_port, running, wait_until

# The flags that a NixOS configuration in the field already has there; kube-oidc keeps them as they are.
EXTRA_OPTS: Final = (
    "--etcd-prefix=/registry",
    "--service-account-lookup=true",
    "--anonymous-auth=false",
    "--service-node-port-range=30000-32767",
)
Place = Callable[[Path, bytes], object]  # writes a file there, in one way or another
LAST_CONFIG_INFO: Final = "apiserver_authentication_config_controller_last_config_info"
NODE: Final = {
    "apiVersion": "v1",
    "kind": "Node",
    "metadata": {"name": "node", "annotations": {"kwok.x-k8s.io/node": "fake"}},
    "status": {
        "allocatable": {"cpu": "8", "memory": "16Gi", "pods": "110"},
        "capacity": {"cpu": "8", "memory": "16Gi", "pods": "110"},
    },
}


@dataclass(frozen=True, slots=True)
class Site:
    """What every program of a cluster shares; `environment` is how the API server sees the world outside."""

    folder: Path
    binaries: Binaries
    authority: Authority
    environment: Mapping[str, str]

    @property
    def service_accounts(self) -> Path:
        """The key that signs service accounts' tokens."""
        return self.folder / "service-accounts.key"


@dataclass(frozen=True, slots=True)
class ApiServer:
    """A running kube-apiserver; `configuration` is the file it watches, `admin` its owner's kubeconfig."""

    url: str
    configuration: Path
    admin: Path
    program: Program


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running cluster; `etcd` is the URL of its store."""

    site: Site
    etcd: str
    api_server: ApiServer

    def kubectl(self, *arguments: str, stdin: str | None = None, kubeconfig: Path | None = None) -> str:
        """What kubectl prints for the owner, or the `kubeconfig`'s user; CalledProcessError if it fails."""
        return subprocess.run(
            [
                self.site.binaries.path("kubectl"),
                f"--kubeconfig={kubeconfig or self.api_server.admin}",
                *arguments,
            ],
            input=stdin,
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        ).stdout

    def loaded_hash(self) -> str:
        """The hash of the AuthenticationConfiguration that runs, as the API server's own metric says it."""
        metrics = self.kubectl("get", "--raw", "/metrics")
        found = re.search(rf'^{LAST_CONFIG_INFO}\{{.*\bhash="([^"]+)"', metrics, re.M)
        return found[1] if found else ""

    @contextmanager
    def another(self, name: str, configuration: bytes, place: Place = Path.write_bytes) -> Iterator[Cluster]:
        """The same cluster through a second API server, which has another AuthenticationConfiguration."""
        with api_server(self.site, name, self.etcd, configuration, place) as server:
            yield replace(self, api_server=server)


def answers(site: Site, kubeconfig: Path, path: str = "/readyz") -> Callable[[], bool]:
    """Whether the API server answers this path with success."""
    command = [site.binaries.path("kubectl"), f"--kubeconfig={kubeconfig}", "--request-timeout=10s"]
    command += ["get", "--raw", path]
    return lambda: subprocess.run(command, capture_output=True, timeout=120, check=False).returncode == 0


@contextmanager
def api_server(
    site: Site,
    name: str,
    etcd: str,
    configuration: bytes,
    place: Place = Path.write_bytes,
    port: int | None = None,
    extra: Sequence[str] = EXTRA_OPTS,
) -> Iterator[ApiServer]:
    """kube-apiserver with this AuthenticationConfiguration, once it is ready.

    `etcd` is the store's URL; `place` puts the configuration where the API server finds it; `extra` are the flags of
    its owner.
    """
    port = port or free_port()
    url = f"https://127.0.0.1:{port}"
    file = site.folder / f"{name}-auth.yaml"
    place(file, configuration)
    certificate, key = site.authority.issue(name, hosts=["127.0.0.1", "localhost", "kubernetes.default.svc"])
    command = [
        site.binaries.path("kube-apiserver"),
        f"--etcd-servers={etcd}",
        f"--secure-port={port}",
        "--bind-address=127.0.0.1",
        "--advertise-address=192.0.2.1",
        "--endpoint-reconciler-type=none",
        "--service-cluster-ip-range=10.0.0.0/24",
        f"--tls-cert-file={certificate}",
        f"--tls-private-key-file={key}",
        f"--client-ca-file={site.authority.certificate}",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={site.service_accounts}",
        f"--service-account-signing-key-file={site.service_accounts}",
        "--authorization-mode=RBAC",
        *extra,
        f"--authentication-config={file}",
    ]
    with running(command, site.folder / f"{name}.log", site.environment) as program:
        owner = certificate_user(site.authority, f"{name}-owner", "system:masters")
        admin = write_kubeconfig(site.folder / f"{name}.kubeconfig", url, site.authority, owner)
        wait_until("ready", answers(site, admin), program)
        yield ApiServer(url, file, admin, program)


@contextmanager
def store(site: Site, port: int | None = None) -> Iterator[str]:
    """The URL of an etcd that keeps its data in the site's folder."""
    client, peer = (f"http://127.0.0.1:{number or free_port()}" for number in (port, None))
    command = [
        site.binaries.path("etcd"),
        f"--data-dir={site.folder / 'etcd'}",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=default={peer}",
        "--unsafe-no-fsync",
    ]
    with running(command, site.folder / "etcd.log"):
        yield client


def controllers(site: Site, url: str) -> Iterator[list[str | Path]]:
    """The commands that make a Deployment real: controllers, scheduler, and kwok for node and kubelet."""

    def kubeconfig(name: str, *groups: str) -> str:
        path = site.folder / f"{name.removeprefix('system:')}.kubeconfig"
        user = certificate_user(site.authority, name, *groups)
        return f"--kubeconfig={write_kubeconfig(path, url, site.authority, user)}"

    yield [
        site.binaries.path("kube-controller-manager"),
        kubeconfig("system:kube-controller-manager"),
        f"--service-account-private-key-file={site.service_accounts}",
        f"--root-ca-file={site.authority.certificate}",
        "--use-service-account-credentials",
        "--leader-elect=false",
        "--secure-port=0",
    ]
    yield [
        site.binaries.path("kube-scheduler"),
        kubeconfig("system:kube-scheduler"),
        "--leader-elect=false",
        "--secure-port=0",
    ]
    yield [
        site.binaries.path("kwok"),
        kubeconfig("kwok", "system:masters"),
        "--manage-all-nodes=true",
        # Without a heartbeat the node is given up after 50 s for a moment, and pods that get ready then stay unready.
        "--node-lease-duration-seconds=40",
        f"--config={site.binaries.kwok_stages}",
    ]


@contextmanager
def start(site: Site, configuration: bytes) -> Iterator[Cluster]:
    """A cluster with this AuthenticationConfiguration, once its API server is ready."""
    write_secret(site.service_accounts, private_pem(rsa.generate_private_key(65537, 2048)))
    with ExitStack() as stack:
        etcd = stack.enter_context(store(site))
        server = stack.enter_context(api_server(site, "kube-apiserver", etcd, configuration))
        cluster = Cluster(site, etcd, server)
        cluster.kubectl("create", "-f", "-", stdin=json.dumps(NODE))
        for command in controllers(site, server.url):
            stack.enter_context(running(command, site.folder / f"{Path(command[0]).name}.log"))
        yield cluster
