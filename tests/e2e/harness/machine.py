"""`kube-oidc apply` as a NixOS machine's unit runs it: the API server's file and journal, grants, and its state."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from unittest import mock

from cryptography.hazmat.primitives.asymmetric import rsa
from kube_oidc.cli import main

from e2e.harness import certificates, cluster, internet, serving
from e2e.harness.binaries import REPOSITORY, Binaries, adapted
from e2e.harness.certificates import Authority
from e2e.harness.cluster import ApiServer
from e2e.harness.placing import renamed

TIMEOUT_SECONDS: Final = 200
HOST: Final = "git.technowizardry.net"
EXAMPLE: Final = adapted((REPOSITORY / "examples/forgejo/auth.yaml").read_text()).encode()
GROUP: Final = "rbac.authorization.k8s.io"

# Answers `journalctl --unit=NAME --since=@SECONDS …` from a log file whose lines begin as klog writes them,
# "E1128 01:14:03.907644"; lines without a time belong to the one before.
JOURNALCTL: Final = """#!{python}
import datetime, re, sys
(since,) = (float(word.removeprefix("--since=@")) for word in sys.argv if word.startswith("--since="))
year = datetime.datetime.now().year
shown = False
for line in open({log!r}, encoding="utf-8", errors="replace"):
    found = re.match(r"[IWEF](\\d\\d)(\\d\\d) (\\d\\d:\\d\\d:\\d\\d\\.\\d+)", line)
    if found:
        time = datetime.datetime.fromisoformat(f"{{year}}-{{found[1]}}-{{found[2]}}T{{found[3]}}")
        shown = time.timestamp() >= since
    if shown:
        sys.stdout.write(line)
"""


@dataclass(frozen=True, slots=True)
class Done:
    """How a run ended, and everything that the journal would have."""

    status: int
    output: str

    @property
    def end(self) -> str:
        """What is left of it in `systemctl status`, which shows ten lines, four of them systemd's own."""
        return "\n".join(self.output.splitlines()[-6:])


class Machine:
    """An API server's machine; `source` is the file as it was built."""

    def __init__(
        self, server: ApiServer, folder: Path, binaries: Binaries, authority: Authority | None = None
    ) -> None:
        self.server = server
        self._authority = authority
        self.folder = folder
        self._kubectl = binaries.path("kubectl")
        folder.mkdir(parents=True)
        self.source = folder / "source.yaml"
        self.source.write_bytes(server.configuration.read_bytes())
        self._program("journalctl", JOURNALCTL.format(python=sys.executable, log=str(server.program.log)))
        self._program("systemctl", "#!/bin/sh\necho active\n")

    @property
    def authority(self) -> Authority:
        """The one that signs certificates of servers and users."""
        assert self._authority is not None
        return self._authority

    def _program(self, name: str, text: str) -> None:
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o755)

    def stopped(self, state: str = "active") -> None:
        """What systemd says of the API server's unit from now on."""
        self._program("systemctl", f"#!/bin/sh\necho {state}\n")

    def activate(self, data: bytes) -> None:
        """Puts a file in the place of the configuration, as an activation does."""
        self.source.write_bytes(data)
        renamed(self.server.configuration, data)

    def _arguments(self, grants: Sequence[object], options: Sequence[str]) -> list[str]:
        """Those of the unit; later options win."""
        file = self.folder / "grants.json"
        file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": list(grants)}))
        return [
            "apply",
            f"--config={self.server.configuration}",
            f"--source={self.source}",
            f"--grants={file}",
            f"--kubeconfig={self.server.admin}",
            "--unit=kube-apiserver.service",
            f"--state={self.folder / 'state.json'}",
            *options,
        ]

    @property
    def _path(self) -> str:
        return f"{self.folder}{os.pathsep}{os.environ['PATH']}"

    def begin(self, grants: Sequence[object], *options: str) -> subprocess.Popen[str]:
        """The unit's command under way."""
        command = [sys.executable, "-m", "kube_oidc", *self._arguments(grants, options)]
        environment = os.environ | {"PATH": self._path}
        return subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def apply(self, grants: Sequence[object], *options: str) -> Done:
        """The unit's command at its end, in this process: its libraries are loaded once."""
        output = io.StringIO()
        with (
            redirect_stdout(output),
            redirect_stderr(output),
            mock.patch.dict(os.environ, {"PATH": self._path}),
        ):
            status = main(self._arguments(grants, options))
        return Done(status, output.getvalue())

    @staticmethod
    def by_hand(folder: Path, kubeconfig: Path, grants: Sequence[object]) -> Done:
        """The command on no machine: `folder` has auth.yaml and source.yaml."""
        file = folder / "grants.json"
        file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": list(grants)}))
        command = [
            *(sys.executable, "-m", "kube_oidc", "apply"),
            f"--config={folder / 'auth.yaml'}",
            f"--source={folder / 'source.yaml'}",
            f"--grants={file}",
            f"--kubeconfig={kubeconfig}",
        ]
        return finish(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True))

    def kubectl(self, *words: str, stdin: str = "") -> str:
        """What kubectl prints for the administrator; CalledProcessError if it fails."""
        return subprocess.run(
            [str(self._kubectl), f"--kubeconfig={self.server.admin}", *words],
            input=stdin, capture_output=True, text=True, check=True, timeout=120,
        ).stdout  # fmt: skip

    def create(self, *objects: object) -> None:
        """Applies objects as the administrator."""
        self.kubectl(
            "apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
        )

    def can(self, user: str, verb: str, resource: str, namespace: str) -> bool:
        """The API server's answer; a binding that was written a moment ago counts after a moment."""
        words = ("auth", "can-i", verb, resource, f"--namespace={namespace}", f"--as={user}")
        try:
            return self.kubectl(*words).strip() == "yes"
        except subprocess.CalledProcessError:
            return False


def finish(process: subprocess.Popen[str]) -> Done:
    """The end of a run; TimeoutExpired after TIMEOUT_SECONDS."""
    try:
        output, _ = process.communicate(timeout=TIMEOUT_SECONDS)
    finally:
        process.kill()
    return Done(process.returncode, output)


@contextmanager
def several(folder: Path, binaries: Binaries, *names: str) -> Iterator[list[Machine]]:
    """API servers on one store, all with the example's file, each on a machine of its own."""
    authority = certificates.Authority("authority", folder)
    with ExitStack() as stack:
        # A reload waits for the issuer's discovery, so the issuer must be there.
        forgejo = stack.enter_context(serving.serve(HOST, authority))
        proxy = stack.enter_context(internet.proxy({f"{HOST}:443": forgejo.port}))
        outside = {"HTTPS_PROXY": proxy, "SSL_CERT_FILE": str(authority.certificate)}
        site = cluster.Site(folder, binaries, authority, outside)
        key = certificates.private_pem(rsa.generate_private_key(65537, 2048))
        certificates.write_secret(site.service_accounts, key)
        etcd = stack.enter_context(cluster.store(site))
        started = []
        for name in names:
            server = stack.enter_context(cluster.api_server(site, name, etcd, EXAMPLE, renamed))
            started.append(Machine(server, folder / f"{name}-machine", binaries, authority))
        yield started


def grant(
    name: str, *users: str, namespace: str = "site", verbs: Sequence[str] = ("get", "patch")
) -> list[Any]:
    """A Role and its RoleBinding, as the module makes them."""
    labels = {"app.kubernetes.io/managed-by": "kube-oidc"}
    metadata = {"name": f"kube-oidc:{name}", "namespace": namespace, "labels": labels}
    rule = {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": list(verbs)}
    role = {"apiVersion": f"{GROUP}/v1", "kind": "Role", "metadata": metadata, "rules": [rule]}
    subjects = [{"apiGroup": GROUP, "kind": "User", "name": user} for user in users]
    ref = {"apiGroup": GROUP, "kind": "Role", "name": metadata["name"]}
    binding = {"apiVersion": f"{GROUP}/v1", "kind": "RoleBinding", "metadata": metadata}
    return [role, {**binding, "subjects": subjects, "roleRef": ref}]


def namespace(name: str) -> dict[str, Any]:
    """A Namespace."""
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
