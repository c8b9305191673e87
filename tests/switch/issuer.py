"""The issuer in its own network: a process that serves Forgejo's two documents to one node.

python -m switch.issuer HOST KEY CERTIFICATE CERTIFICATE-KEY
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from e2e.harness import serving
from e2e.harness.certificates import Authority, private_pem, write_secret
from e2e.harness.issuer import Issuer, Run

from switch import machine
from switch.machine import Machine

HOST: Final = "git.example.org"
AUDIENCE: Final = "kubernetes"
ADDRESS: Final = "192.168.1.1"
MACHINE: Final = "192.168.1.2"
KEY_ID: Final = "test"


@dataclass(frozen=True, slots=True)
class IssuerHost:
    """A running issuer; `pid` is the process whose namespaces it has, `folder` holds its keys."""

    pid: int
    folder: Path
    authority: Authority
    signer: Issuer

    def token(self, repository: str = "adam/site", ref: str = "refs/heads/main", event: str = "push") -> str:
        """An ID token for a job of this run, for this cluster."""
        return self.signer.sign(self.signer.claims(Run(repository, ref, event), AUDIENCE))

    def connect(self, host: Machine) -> None:
        """Gives the machine a network with a default route, which leads here."""
        link = ["ip", "link", "add", "name", "eth0", "netns", str(host.pid), "type", "veth"]
        subprocess.run([*link, "peer", "name", "eth0", "netns", str(self.pid)], check=True)
        for pid, address in ((host.pid, MACHINE), (self.pid, ADDRESS)):
            in_network(pid, "ip", "address", "add", f"{address}/24", "dev", "eth0")
            in_network(pid, "ip", "link", "set", "eth0", "up")
        in_network(host.pid, "ip", "route", "add", "default", "via", ADDRESS)


def in_network(pid: int, *words: str) -> None:
    """Runs a command in the network of a process."""
    subprocess.run(["nsenter", f"--target={pid}", "--net", "--", *words], check=True)


@contextmanager
def start(folder: Path) -> Iterator[IssuerHost]:
    """The issuer, listening on port 443 of its own network."""
    folder.mkdir(parents=True)
    authority = Authority("test-authority", folder)
    signer = Issuer(HOST, key_id=KEY_ID)
    key = write_secret(folder / "signing.pem", private_pem(signer.key))
    certificate, certificate_key = authority.issue(HOST, hosts=[HOST])
    words = [sys.executable, "-m", "switch.issuer", HOST, str(key), str(certificate), str(certificate_key)]
    with (folder / "issuer.log").open("w+") as log, machine.started(words, log) as (pid, _):
        yield IssuerHost(pid, folder, authority, signer)


def main(host: str, key: str, certificate: str, certificate_key: str) -> None:
    """Answers until it is killed."""
    private = cast(rsa.RSAPrivateKey, load_pem_private_key(Path(key).read_bytes(), None))
    issuer = Issuer(host, 443, key=private, key_id=KEY_ID)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with serving.serving(issuer, (Path(certificate), Path(certificate_key)), address="0.0.0.0"):
        print("ready", flush=True)
        while True:
            time.sleep(3600)


if __name__ == "__main__":
    main(*sys.argv[1:])
