"""etcd and kube-apiserver as units, with the flags that services.kubernetes or k3s would give them."""

from __future__ import annotations

import base64
import sys
from pathlib import Path
from typing import Final

import yaml
from cryptography.hazmat.primitives.asymmetric import rsa
from e2e.harness.binaries import REPOSITORY, Binaries, at_least
from e2e.harness.certificates import Authority, private_pem, write_secret

from switch import activation, issuer
from switch.generation import SINCE_ANONYMOUS, STORE, Generation, hidden, python
from switch.machine import Machine

SECRETS: Final = "/var/lib/kubernetes/secrets"
ADMIN: Final = {"kubernetes": "/etc/kubernetes/cluster-admin.kubeconfig", "k3s": "/etc/rancher/k3s/k3s.yaml"}
PROGRAMS: Final = ("etcd", "kube-apiserver", "kubectl", "jq")
HOSTS: Final = ("machine", "localhost", "127.0.0.1", issuer.MACHINE, "kubernetes.default.svc")

ETCD: Final = """[Unit]
Description=etcd

[Service]
Type=notify
ExecStart=/usr/local/bin/etcd --data-dir=/var/lib/etcd --unsafe-no-fsync --log-level=warn
Restart=on-failure

[Install]
WantedBy=multi-user.target
"""

API_SERVER: Final = """[Unit]
Description=API server
After=network.target etcd.service
StartLimitIntervalSec=0
{triggers}
[Service]
{settings}
ExecStart=/usr/local/bin/kube-apiserver {flags}

[Install]
WantedBy=multi-user.target
"""
# As services.kubernetes and services.k3s in nixpkgs have them.
SETTINGS: Final = {
    "kubernetes": "Restart=on-failure\nRestartSec=5",
    "k3s": "Type=notify\nKillMode=process\nDelegate=yes\nRestart=always\nRestartSec=5s",
}
SHARED: Final = {
    "client-ca-file": f"{SECRETS}/ca.pem",
    "etcd-servers": "http://127.0.0.1:2379",
    "service-account-key-file": f"{SECRETS}/service-account.pem",
    "service-account-signing-key-file": f"{SECRETS}/service-account.pem",
    "storage-backend": "etcd3",
    "tls-cert-file": f"{SECRETS}/kube-apiserver.pem",
    "tls-private-key-file": f"{SECRETS}/kube-apiserver-key.pem",
    "secure-port": "6443",
    "endpoint-reconciler-type": "none",
}
FLAGS: Final = {
    "kubernetes": {
        "allow-privileged": "false",
        "authorization-mode": "RBAC,Node",
        "bind-address": "0.0.0.0",
        "enable-admission-plugins": "NamespaceLifecycle,LimitRanger,ServiceAccount,ResourceQuota,"
        "DefaultStorageClass,DefaultTolerationSeconds,NodeRestriction",
        "api-audiences": "api,https://kubernetes.default.svc",
        "service-account-issuer": "https://kubernetes.default.svc",
        "service-cluster-ip-range": "10.0.0.0/24",
    },
    # What k3s passes by itself (pkg/daemons/control/server.go), except flags that only its own build knows. Its own
    # front door would be at 6443 and this at 6444.
    "k3s": {
        "allow-privileged": "true",
        "api-audiences": "https://kubernetes.default.svc.cluster.local,k3s",
        "authorization-mode": "Node,RBAC",
        "bind-address": "127.0.0.1",
        "cert-dir": "/var/lib/rancher/k3s/server/tls/temporary-certs",
        "enable-admission-plugins": "NodeRestriction",
        "enable-aggregator-routing": "true",
        "enable-bootstrap-token-auth": "true",
        "kubelet-certificate-authority": f"{SECRETS}/ca.pem",
        "kubelet-client-certificate": f"{SECRETS}/admin.pem",
        "kubelet-client-key": f"{SECRETS}/admin-key.pem",
        "profiling": "false",
        "proxy-client-cert-file": f"{SECRETS}/admin.pem",
        "proxy-client-key-file": f"{SECRETS}/admin-key.pem",
        "requestheader-allowed-names": "system:auth-proxy",
        "requestheader-client-ca-file": f"{SECRETS}/ca.pem",
        "requestheader-extra-headers-prefix": "X-Remote-Extra-",
        "requestheader-group-headers": "X-Remote-Group",
        "requestheader-username-headers": "X-Remote-User",
        "service-account-issuer": "https://kubernetes.default.svc.cluster.local",
        "service-cluster-ip-range": "10.43.0.0/16",
        "service-node-port-range": "30000-32767",
        "tls-min-version": "VersionTLS12",
    },
}


def flags(generation: Generation) -> list[str]:
    """The API server's command line, the module's flags last."""
    chosen = {**SHARED, **FLAGS[generation.distribution]}
    form = "--kube-apiserver-arg="
    ours = [f"--{flag.removeprefix(form)}" if flag.startswith(form) else flag for flag in generation.flags]
    has_file = any("authentication-config" in flag for flag in ours)
    if generation.distribution == "k3s" and not (has_file and at_least(*SINCE_ANONYMOUS)):
        chosen["anonymous-auth"] = "false"  # k3s drops it once it is given a file that can say so
    return [*(f"--{name}={value}" for name, value in chosen.items()), *ours]


def units(generation: Generation) -> dict[str, str]:
    """etcd and the API server as units."""
    server = API_SERVER.format(
        triggers=generation.triggered(generation.triggers),
        settings=SETTINGS[generation.distribution],
        flags=" ".join(flags(generation)),
    )
    return {"etcd.service": ETCD, f"{generation.api_server}.service": server}


def binds(binaries: Binaries) -> dict[str, Path]:
    """Places in the machine: the real programs, and this project with the Python that runs it."""
    shown = {f"/usr/local/bin/{name}": binaries.path(name) for name in PROGRAMS}
    packages = next(Path(path) for path in sys.path if path.endswith("site-packages"))
    shown |= {f"{STORE}/site-packages": packages, f"{STORE}/src": REPOSITORY / "pkgs/kube-oidc/src"}
    return {**shown, f"{STORE}/python": Path(sys.base_prefix)} if hidden(sys.base_prefix) else shown


def wrapper() -> str:
    """`kube-oidc` as the machine has it."""
    path = f"{STORE}/src:{STORE}/site-packages"
    return f'#!/bin/sh\nPYTHONPATH={path} PYTHONDONTWRITEBYTECODE=1 exec {python()} -s -m kube_oidc "$@"\n'


def programs(host: Machine) -> None:
    """The packages that units name: ours, kubectl's, and for everything else this computer's own."""
    host.write(f"{STORE}/kube-oidc/bin/kube-oidc", wrapper(), 0o755)
    (host.root / "nix/store/kubectl/bin").mkdir(parents=True)
    for place, target in {
        "usr/local/bin/kube-oidc": f"{STORE}/kube-oidc/bin/kube-oidc",
        "nix/store/kubectl/bin/kubectl": "/usr/local/bin/kubectl",
        **{
            f"nix/store/{name}": "/usr"
            for name in ("coreutils", "findutils", "gnugrep", "gnused", "systemd", "bash")
        },
    }.items():
        (host.root / place).symlink_to(target)
    host.write(f"{STORE}/activation.py", Path(activation.__file__).read_bytes())


def secrets(host: Machine, authority: Authority, folder: Path) -> None:
    """Certificates and keys where services.kubernetes has them."""
    host.write(f"{SECRETS}/ca.pem", authority.pem)
    admin = authority.issue("cluster-admin", ["system:masters"])
    for name, (certificate, key) in {
        "kube-apiserver": authority.issue("kube-apiserver", hosts=HOSTS),
        "cluster-admin": admin,
        "admin": admin,
    }.items():
        host.write(f"{SECRETS}/{name}.pem", certificate.read_bytes())
        host.write(f"{SECRETS}/{name}-key.pem", key.read_bytes(), 0o600)
    account = write_secret(folder / "service-account.pem", private_pem(rsa.generate_private_key(65537, 2048)))
    host.write(f"{SECRETS}/service-account.pem", account.read_bytes(), 0o600)
    for distribution, path in ADMIN.items():
        host.write(path, kubeconfig(distribution, authority, admin), 0o600)


def kubeconfig(distribution: str, authority: Authority, admin: tuple[Path, Path]) -> str:
    """The administrator's: services.kubernetes names files, k3s has everything inside."""
    if distribution == "kubernetes":
        cluster = {"server": "https://machine:6443", "certificate-authority": f"{SECRETS}/ca.pem"}
        user = {
            "client-certificate": f"{SECRETS}/cluster-admin.pem",
            "client-key": f"{SECRETS}/cluster-admin-key.pem",
        }
    else:
        text = {
            name: base64.b64encode(path.read_bytes()).decode()
            for name, path in zip(("certificate", "key"), admin, strict=True)
        }
        cluster = {
            "server": "https://127.0.0.1:6443",
            "certificate-authority-data": base64.b64encode(authority.pem).decode(),
        }
        user = {"client-certificate-data": text["certificate"], "client-key-data": text["key"]}
    return yaml.safe_dump({
        "apiVersion": "v1", "kind": "Config", "current-context": "local",
        "clusters": [{"name": "local", "cluster": cluster}],
        "users": [{"name": "admin", "user": user}],
        "contexts": [{"name": "local", "context": {"cluster": "local", "user": "admin"}}],
    })  # fmt: skip
