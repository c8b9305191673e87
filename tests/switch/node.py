"""A NixOS node of the tests: systemd, etcd and kube-apiserver, an issuer, and `nixos-rebuild switch`."""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from e2e.harness.binaries import Binaries
from e2e.harness.certificates import write_secret
from e2e.harness.issuer import Run

from switch import control_plane, generation, issuer, machine
from switch.generation import Generation
from switch.issuer import AUDIENCE, IssuerHost
from switch.machine import Machine, wait_until

CA_CERTIFICATES: Final = "/etc/ssl/certs/ca-certificates.crt"
JOB: Final = "/root/job.kubeconfig"
SOON_SECONDS: Final = 10  # until an informer of the API server has seen a change
STAMP: Final = re.compile(r"^\w{3} \d\d \d\d:\d\d:\d\d \S+ ([^ \[]+)\[\d+\]: (.*)$")
_RUNS: Final = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Switched:
    """What `nixos-rebuild switch` ends with: its status, what it prints, and how long it took."""

    status: int
    output: str
    seconds: float

    @property
    def lines(self) -> list[str]:
        """What failed units wrote, as far as `systemctl status` shows it; systemd's own lines are left out."""
        found = [STAMP.match(line) for line in self.output.splitlines()]
        return [line[2] for line in found if line and line[1] != "systemd"]

    def last(self) -> str:
        """The reason as the user sees it, else the last line."""
        reasons = [line for line in self.lines if line.startswith("reason: ")]
        return reasons[0] if reasons else (self.lines or self.output.splitlines() or [""])[-1].strip()


@dataclass(slots=True)
class Node:
    """A booted node and what it is switched to."""

    machine: Machine
    issuer: IssuerHost
    distribution: str
    folder: Path
    current: Generation = field(init=False)
    switches: list[Switched] = field(default_factory=list)

    @property
    def server(self) -> str:
        """The API server's unit."""
        return self.current.api_server

    def load(self, name: str) -> Generation:
        """A generation of this node's distribution."""
        return generation.load(self.distribution, name)

    def lay_out(self, new: Generation) -> str:
        """Puts the generation into the store and returns its path."""
        return generation.lay_out(self.machine, new, control_plane.units(new))

    def switch(self, new: Generation | str, timeout: float = 300) -> Switched:
        """`nixos-rebuild switch` to this generation."""
        new = self.load(new) if isinstance(new, str) else new
        self.current = new
        path = self.lay_out(new)
        start = time.monotonic()
        done = self.machine.run(f"{path}/bin/switch-to-configuration", "test", timeout=timeout)
        self.switches.append(Switched(done.returncode, done.stdout, time.monotonic() - start))
        return self.switches[-1]

    def given(self, name: str) -> None:
        """Returns once this generation is in force, whatever was before."""
        if self.current != self.load(name) or not all(map(self.machine.is_active, self.current.units)):
            switched = self.switch(name)
            assert switched.status == 0, switched.output
        self.wait_for_server()

    def wait_for_server(self) -> None:
        """Returns once the API server is ready."""
        wait_until(self.answers, "the API server answers")

    def kubectl(self, *words: str, stdin: str = "") -> str:
        """What kubectl prints for the administrator; AssertionError if it fails."""
        return self.machine.succeed("kubectl", self.admin, *words, stdin=stdin)

    @property
    def admin(self) -> str:
        """kubectl's flag for the administrator."""
        return f"--kubeconfig={control_plane.ADMIN[self.distribution]}"

    def answers(self) -> bool:
        """Whether the API server is ready."""
        return (
            self.machine.run(
                "kubectl", self.admin, "--request-timeout=5s", "get", "--raw", "/readyz"
            ).returncode
            == 0
        )

    def metrics(self) -> str:
        """The API server's metrics."""
        return self.kubectl("get", "--raw", "/metrics")

    def process(self) -> str:
        """The API server's process id and start time."""
        unit = self.server
        return (
            self.machine.show(unit, "MainPID")
            + " "
            + self.machine.show(unit, "ExecMainStartTimestampMonotonic")
        )

    def token(self, repository: str = "adam/site", event: str = "push", ref: str = "refs/heads/main") -> str:
        """A token that no API server has seen before."""
        run = Run(repository, ref, event, run_id=next(_RUNS))
        signer = self.issuer.signer
        return signer.sign(signer.claims(run, AUDIENCE))

    def can(
        self,
        repository: str,
        verb: str = "patch",
        resource: str = "deployments.apps",
        namespace: str = "",
        event: str = "push",
    ) -> str:
        """`yes`, `no` or `refused`: what a job on this repository's main branch can do, by kubectl with its token."""
        namespace = namespace or repository.partition("/")[2]
        content = json.loads(
            self.machine.succeed("kubectl", self.admin, "config", "view", "--raw", "--output=json")
        )
        content["users"][0]["user"] = {"token": self.token(repository, event)}
        self.machine.write(JOB, json.dumps(content), 0o600)
        words = (
            "kubectl",
            f"--kubeconfig={JOB}",
            "auth",
            "can-i",
            verb,
            resource,
            f"--namespace={namespace}",
        )
        output = self.machine.run(*words).stdout.strip()
        return "refused" if "logged in" in output or "Unauthorized" in output else output.splitlines()[-1]

    def expect(self, answer: str, repository: str, **question: str) -> None:
        """AssertionError unless this is soon the answer to `can`."""
        seen = ""
        deadline = time.monotonic() + SOON_SECONDS
        while (seen := self.can(repository, **question)) != answer:
            assert time.monotonic() < deadline, f"{repository} {question}: {seen}, not {answer}"

    @contextmanager
    def asked(self) -> Iterator[dict[str, Any]]:
        """A job asks the API server ten times a second; afterwards the dictionary says what it asked and lost."""
        token = write_secret(self.folder / "asking.token", self.token().encode())
        command = [
            "nsenter",
            f"--target={self.machine.pid}",
            "--net",
            "--",
            sys.executable,
            "-m",
            "switch.asking",
        ]
        command += ["https://127.0.0.1:6443", str(self.issuer.authority.certificate), str(token)]
        counts: dict[str, Any] = {}
        environment = os.environ | {"PYTHONPATH": str(machine.TESTS)}
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True
        ) as client:
            try:
                assert client.stdout is not None
                assert client.stdout.readline() == "ready\n"
                yield counts
                output, _ = client.communicate("", timeout=60)
                counts.update(json.loads(output))
            finally:
                client.kill()

    @contextmanager
    def signalled(self, unit: str, stop: str = "SIGSTOP", resume: str = "SIGCONT") -> Iterator[None]:
        """A unit whose processes are frozen meanwhile."""
        self.machine.signal(unit, stop)
        try:
            yield
        finally:
            self.machine.signal(unit, resume)


def lay_out(node: Node, first: Generation) -> None:
    """Everything that the node has on its disk before it boots for the first time."""
    host = node.machine
    control_plane.programs(host)
    control_plane.secrets(host, node.issuer.authority, node.folder)
    host.write("/etc/hosts", f"127.0.0.1 localhost machine etcd.local\n{issuer.ADDRESS} {issuer.HOST}\n")
    host.write(CA_CERTIFICATES, node.issuer.authority.pem)
    node.current = first
    path = node.lay_out(first)
    # systemd does not run yet, so this is done by a process that only shares the new root.
    host.succeed(f"{path}/bin/switch-to-configuration", "boot")


@contextmanager
def boot(
    folder: Path,
    binaries: Binaries,
    distribution: str,
    first: Generation | str = "removed",
    spoil: Callable[[Machine], None] | None = None,
) -> Iterator[Node]:
    """A node that has booted this generation, after `spoil`; CannotBootError if this computer can't do it."""
    with issuer.start(folder / "issuer") as away:
        nodes: list[Node] = []

        def prepare(host: Machine) -> None:
            away.connect(host)
            node = Node(host, away, distribution, folder)
            lay_out(node, node.load(first) if isinstance(first, str) else first)
            if spoil is not None:
                spoil(host)
            nodes.append(node)

        with machine.boot(folder, "machine", control_plane.binds(binaries), prepare):
            yield nodes[0]
