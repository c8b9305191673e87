"""A whole control plane on 127.0.0.1: etcd, kube-apiserver, controller manager, scheduler, and kwok as the kubelet."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml
from cryptography.hazmat.primitives.asymmetric import rsa

from e2e.binaries import Binaries
from e2e.certificates import Authority, private_pem, write_secret
from e2e.processes import Program, free_port, running, wait_until

# The flags that a NixOS configuration in the field already has there; kube-oidc keeps them as they are.
EXTRA_OPTS: Final = (
    "--etcd-prefix=/registry",
    "--service-account-lookup=true",
    "--anonymous-auth=false",
    "--service-node-port-range=30000-32767",
)
LAST_CONFIG_INFO: Final = "apiserver_authentication_config_controller_last_config_info"
CERTIFICATE_KEYS: Final = ("client-certificate", "client-key")
ADMIN: Final = ("admin", "system:masters")
NODE: Final = {
    "apiVersion": "v1",
    "kind": "Node",
    "metadata": {"name": "node", "annotations": {"kwok.x-k8s.io/node": "fake"}},
    "status": {
        "allocatable": {"cpu": "8", "memory": "16Gi", "pods": "110"},
        "capacity": {"cpu": "8", "pods": "110"},
    },
}


@dataclass(frozen=True, slots=True)
class ApiServer:
    """A running kube-apiserver; `authentication_config` is the file it watches."""

    url: str
    authentication_config: Path
    program: Program
    command: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where everything is; `admin` is the kubeconfig of the cluster's owner."""

    folder: Path
    binaries: Binaries
    authority: Authority
    etcd: str
    api_server: ApiServer
    admin: Path

    def kubectl(self, *arguments: str, stdin: str | None = None, kubeconfig: Path | None = None) -> str:
        """What kubectl prints for the cluster's owner; CalledProcessError with its stderr where it fails."""
        return subprocess.run(
            [self.binaries.path("kubectl"), f"--kubeconfig={kubeconfig or self.admin}", *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout

    def loaded_hash(self, kubeconfig: Path | None = None) -> str:
        """The hash of the AuthenticationConfiguration that runs, as the API server's own metric says it."""
        metrics = self.kubectl("get", "--raw", "/metrics", kubeconfig=kubeconfig)
        found = re.search(rf'^{LAST_CONFIG_INFO}\{{.*\bhash="([^"]+)"', metrics, re.M)
        return found[1] if found else ""


def write_kubeconfig(path: Path, server: str, authority: Authority, user: Mapping[str, str]) -> Path:
    """A kubeconfig for one user, readable by its owner alone."""
    cluster = {"server": server, "certificate-authority": str(authority.certificate)}
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "local", "cluster": cluster}],
        "users": [{"name": "user", "user": dict(user)}],
        "contexts": [{"name": "local", "context": {"cluster": "local", "user": "user"}}],
        "current-context": "local",
    }
    return write_secret(path, yaml.safe_dump(content).encode())


def certificate_user(authority: Authority, name: str, *groups: str) -> dict[str, str]:
    """A kubeconfig's user with a client certificate."""
    return {key: str(file) for key, file in zip(CERTIFICATE_KEYS, authority.issue(name, groups), strict=True)}


def answers(binaries: Binaries, kubeconfig: Path, path: str = "/readyz") -> Callable[[], bool]:
    """Whether the API server answers this path with success."""
    command = [
        binaries.path("kubectl"),
        f"--kubeconfig={kubeconfig}",
        "--request-timeout=2s",
        "get",
        "--raw",
        path,
    ]
    return lambda: subprocess.run(command, capture_output=True, timeout=10, check=False).returncode == 0


@contextmanager
def api_server(
    name: str,
    folder: Path,
    binaries: Binaries,
    authority: Authority,
    etcd: str,
    configuration: bytes,
    environment: Mapping[str, str],
) -> Iterator[ApiServer]:
    """kube-apiserver with this AuthenticationConfiguration, once it is ready; `etcd` is the store's URL."""
    port = free_port()
    file = folder / f"{name}-auth.yaml"
    file.write_bytes(configuration)
    certificate, key = authority.issue(name, hosts=["127.0.0.1", "localhost", "kubernetes.default.svc"])
    service_accounts = folder / "service-accounts.key"
    command = (
        str(binaries.path("kube-apiserver")),
        f"--etcd-servers={etcd}",
        f"--secure-port={port}",
        "--bind-address=127.0.0.1",
        "--advertise-address=192.0.2.1",
        "--endpoint-reconciler-type=none",
        "--service-cluster-ip-range=10.0.0.0/24",
        f"--tls-cert-file={certificate}",
        f"--tls-private-key-file={key}",
        f"--client-ca-file={authority.certificate}",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={service_accounts}",
        f"--service-account-signing-key-file={service_accounts}",
        "--authorization-mode=RBAC",
        *EXTRA_OPTS,
        f"--authentication-config={file}",
    )
    url = f"https://127.0.0.1:{port}"
    with running(command, folder / f"{name}.log", environment) as program:
        user = certificate_user(authority, *ADMIN)
        wait_until(
            "ready",
            answers(binaries, write_kubeconfig(folder / f"{name}.kubeconfig", url, authority, user)),
            program,
        )
        yield ApiServer(url, file, program, command)


@contextmanager
def etcd(folder: Path, binaries: Binaries) -> Iterator[str]:
    """The URL of an etcd that keeps its data in `folder`."""
    client, peer = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
    command = [
        binaries.path("etcd"),
        f"--data-dir={folder / 'etcd'}",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=default={peer}",
        "--unsafe-no-fsync",
    ]
    with running(command, folder / "etcd.log"):
        yield client


def controllers(cluster: Cluster) -> Iterator[list[str | Path]]:
    """The command lines of what makes a Deployment real: controllers, scheduler, and kwok for node and kubelet."""
    folder, authority, binaries = cluster.folder, cluster.authority, cluster.binaries

    def kubeconfig(name: str, *groups: str) -> str:
        user = certificate_user(authority, name, *groups)
        path = folder / f"{name.removeprefix('system:')}.kubeconfig"
        return f"--kubeconfig={write_kubeconfig(path, cluster.api_server.url, authority, user)}"

    yield [
        binaries.path("kube-controller-manager"),
        kubeconfig("system:kube-controller-manager"),
        f"--service-account-private-key-file={folder / 'service-accounts.key'}",
        f"--root-ca-file={authority.certificate}",
        "--use-service-account-credentials",
        "--leader-elect=false",
        "--secure-port=0",
    ]
    yield [
        binaries.path("kube-scheduler"),
        kubeconfig("system:kube-scheduler"),
        "--leader-elect=false",
        "--secure-port=0",
    ]
    yield [
        binaries.path("kwok"),
        kubeconfig("kwok", "system:masters"),
        "--manage-all-nodes=true",
        f"--config={binaries.kwok_stages}",
    ]


@contextmanager
def start(
    folder: Path,
    binaries: Binaries,
    authority: Authority,
    configuration: bytes,
    environment: Mapping[str, str],
) -> Iterator[Cluster]:
    """A cluster whose API server has this AuthenticationConfiguration and sees the world through `environment`."""
    write_secret(folder / "service-accounts.key", private_pem(rsa.generate_private_key(65537, 2048)))
    with ExitStack() as stack:
        store = stack.enter_context(etcd(folder, binaries))
        server = stack.enter_context(
            api_server("kube-apiserver", folder, binaries, authority, store, configuration, environment)
        )
        admin = write_kubeconfig(
            folder / "admin.kubeconfig", server.url, authority, certificate_user(authority, *ADMIN)
        )
        cluster = Cluster(folder, binaries, authority, store, server, admin)
        for command in controllers(cluster):
            stack.enter_context(running(command, folder / f"{Path(command[0]).name}.log"))
        cluster.kubectl("create", "-f", "-", stdin=json.dumps(NODE))
        yield cluster
