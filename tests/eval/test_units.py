"""The units' own scripts against real API servers: what they wait for, what fails them, what they delete."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).parents[2]
EXAMPLE: Final = (ROOT / "examples/forgejo/auth.yaml").read_text()
HOST: Final = "git.technowizardry.net"
OTHER: Final = EXAMPLE.replace("'adam'", "'eve'")
WRONG: Final = EXAMPLE.replace("claims.?repository_owner", "claims.?repository_owner &&")


class Machine:
    """An API server with its kubeconfig, and the programs that the units find on a NixOS machine."""

    def __init__(self, server: Any, folder: Path, binaries: Any) -> None:
        self.server = server
        self.kubeconfig: Path = server.admin
        self._path = folder / "bin"
        self._path.mkdir(parents=True)
        (self._path / "kubectl").symlink_to(binaries.path("kubectl"))
        (self._path / "kube-oidc").symlink_to(Path(sys.executable).parent / "kube-oidc")
        journal = self._path / "journalctl"
        journal.write_text(f"#!/bin/sh\ncat {server.program.log}\n")
        journal.chmod(journal.stat().st_mode | stat.S_IXUSR)

    def start(self, unit: dict[str, Any], **environment: str) -> subprocess.Popen[str]:
        """The unit's script as NixOS starts it."""
        return subprocess.Popen(
            ["bash", "-e", "-c", unit["script"]],
            env={
                **os.environ,
                **unit["environment"],
                "PATH": f"{self._path}{os.pathsep}{os.environ['PATH']}",
                "KUBECONFIG": str(self.kubeconfig),
                "CONFIG": str(self.server.configuration),
                "START_SECONDS": "20",
                **environment,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def replace(self, text: str) -> None:
        """Puts another file in the place of the configuration, as an activation does: renamed over it."""
        file: Path = self.server.configuration
        fresh = file.with_suffix(".new")
        fresh.write_text(text)
        fresh.rename(file)

    def run(self, unit: dict[str, Any], **environment: str) -> tuple[int, str]:
        """Exit status and everything that the journal would have."""
        process = self.start(unit, **environment)
        try:
            output, _ = process.communicate(timeout=110)
        finally:
            process.kill()
        return process.returncode, output

    def kubectl(self, *words: str, stdin: str = "") -> str:
        """What kubectl prints."""
        return subprocess.run(
            [str(self._path / "kubectl"), f"--kubeconfig={self.kubeconfig}", *words],
            input=stdin, capture_output=True, text=True, check=True, timeout=60,
        ).stdout  # fmt: skip


@pytest.fixture(scope="module")
def machines(binaries: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Machine]]:
    """Two API servers on one store, both with the example's file."""
    from cryptography.hazmat.primitives.asymmetric import rsa
    from e2e import certificates, cluster, internet, issuer

    folder = tmp_path_factory.mktemp("units")
    authority = certificates.Authority("authority", folder)
    with ExitStack() as stack:
        # A reload waits for the issuer's discovery, so the issuer has to be there.
        forgejo = stack.enter_context(issuer.serve(HOST, authority))
        proxy = stack.enter_context(internet.proxy({f"{HOST}:443": forgejo.port}))
        outside = {"HTTPS_PROXY": proxy, "SSL_CERT_FILE": str(authority.certificate)}
        site = cluster.Site(folder, binaries, authority, outside)
        key = certificates.private_pem(rsa.generate_private_key(65537, 2048))
        certificates.write_secret(site.service_accounts, key)
        etcd = stack.enter_context(cluster.store(site))
        started = []
        for name in ("first", "second"):
            server = stack.enter_context(cluster.api_server(site, name, etcd, EXAMPLE.encode()))
            started.append(Machine(server, folder / f"{name}-machine", binaries))
        yield started


@pytest.fixture
def unit(evaluate: Callable[[str], Any]) -> Callable[..., dict[str, Any]]:
    """Script and environment of a unit that the module makes."""

    def find(name: str, settings: str = "") -> dict[str, Any]:
        found: dict[str, Any] = evaluate(f"""
          let
            unit = (evaluate.machine [
              evaluate.master evaluate.forgejo (evaluate.oidc {{ {settings} }})
            ]).systemd.services.{name};
          in
          {{
            inherit (unit) script;
            environment = lib.mapAttrs (_: value: value.config or value) unit.environment;
          }}
        """)
        return found

    return find


def test_a_loaded_file_ends_at_once(machines: list[Machine], unit: Callable[..., dict[str, Any]]) -> None:
    status, output = machines[0].run(unit("kube-oidc-loaded"))
    assert status == 0, output
    assert "the API server has loaded" in output
    assert "user          first-owner" in output


def test_before_the_hash_it_says_what_it_can_know(
    machines: list[Machine], unit: Callable[..., dict[str, Any]]
) -> None:
    status, output = machines[0].run(unit("kube-oidc-loaded", 'kubernetesVersion = "1.33";'))
    assert status == 0, output
    assert "does not say which file it has loaded" in output


def test_an_api_server_that_does_not_answer(
    machines: list[Machine], unit: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    gone = tmp_path / "gone.kubeconfig"
    gone.write_text(re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:1", machines[0].kubeconfig.read_text()))
    status, output = machines[0].run(unit("kube-oidc-loaded"), KUBECONFIG=str(gone), START_SECONDS="1")
    assert status == 1, output
    assert "has not answered within 1 s" in output


def test_a_change_is_waited_for_and_a_refusal_told(
    machines: list[Machine], unit: Callable[..., dict[str, Any]]
) -> None:
    """Both in one minute: the API server looks at its file that often."""
    good, bad = machines
    for machine, text in ((good, OTHER), (bad, WRONG)):
        machine.replace(text)
    waiting = [machine.start(unit("kube-oidc-loaded")) for machine in machines]
    outputs = []
    for process in waiting:
        try:
            outputs.append(process.communicate(timeout=110)[0])
        finally:
            process.kill()
    assert waiting[0].returncode == 0, outputs[0]
    assert "waiting for the API server to load" in outputs[0]
    assert waiting[1].returncode == 1, outputs[1]
    assert "the API server refused" in outputs[1]
    assert "jwt[0].claimValidationRules[0].expression: Invalid value" in outputs[1], outputs[1]


def manifests(evaluate: Callable[[str], Any], settings: str) -> str:
    """The objects as the addon manager applies them."""
    objects = evaluate(f"""
      builtins.attrValues (evaluate.machine [
        evaluate.master evaluate.forgejo (evaluate.oidc {{ {settings} }})
      ]).services.kube-oidc.manifests
    """)
    return "\n---\n".join(json.dumps(item) for item in objects)


GRANTS: Final = """
grants.a = {
  issuer = "forgejo"; user = "forgejo:repo:adam/a:ref:refs/heads/main";
  namespace = "a"; createNamespace = true; preset = "deploy";
};
"""
MORE: Final = (
    GRANTS
    + """
grants.b = {
  issuer = "forgejo"; user = "forgejo:repo:adam/b:ref:refs/heads/main";
  clusterWide = true; rules = [ { apiGroups = [ "" ]; resources = [ "pods" ]; verbs = [ "get" ]; } ];
};
grants."adam/c" = {
  issuer = "forgejo"; user = "forgejo:repo:adam/c:ref:refs/heads/main"; namespace = "a"; clusterRole = "view";
};
"""
)


def ours(machine: Machine) -> list[str]:
    """Names of all our RBAC objects in the cluster."""
    kinds = "rolebindings,clusterrolebindings,roles,clusterroles"
    label = "app.kubernetes.io/managed-by=kube-oidc"
    names = machine.kubectl("get", kinds, "--all-namespaces", f"--selector={label}", "--output=name")
    return sorted(name.replace(".rbac.authorization.k8s.io", "") for name in names.split())


def test_grants_that_are_gone_are_revoked_and_others_stay(
    machines: list[Machine],
    unit: Callable[..., dict[str, Any]],
    evaluate: Callable[[str], Any],
    tmp_path: Path,
) -> None:
    machine = machines[0]
    machine.kubectl("apply", "-f", "-", stdin=manifests(evaluate, MORE))
    machine.kubectl("create", "clusterrole", "foreign", "--verb=get", "--resource=pods")
    assert len(ours(machine)) == 5

    revoked = unit("kube-oidc-revoked", GRANTS)
    expected = tmp_path / "expected"
    expected.write_text(revoked["environment"]["EXPECTED"])
    status, output = machine.run(revoked, EXPECTED=str(expected))
    assert status == 0, output
    assert ours(machine) == ["role/kube-oidc:a", "rolebinding/kube-oidc:a"]
    assert "revoking ClusterRole - kube-oidc:b" in output
    assert machine.kubectl("get", "clusterrole", "foreign", "--output=name")
    assert machine.kubectl("get", "namespace", "a", "--output=name")

    expected.write_text("")
    status, output = machine.run(revoked, EXPECTED=str(expected))
    assert status == 0, output
    assert ours(machine) == []


@pytest.mark.parametrize(
    "name",
    [
        "--all\nNamespace - victim",  # a name may hold every character but / and %
        "--all\nClusterRole - foreign",
        "--all",
        "--selector=a!=b",
        "--unknown",
    ],
)
def test_a_name_that_a_stranger_chose_is_neither_a_line_nor_a_flag(
    name: str, machines: list[Machine], unit: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    """Who may make RoleBindings in one namespace can give them our label."""
    machine = machines[0]
    labels = {"app.kubernetes.io/managed-by": "kube-oidc"}
    group = "rbac.authorization.k8s.io"
    rule = {"apiGroups": [group], "resources": ["rolebindings"], "verbs": ["create"]}
    subject = {"apiGroup": group, "kind": "User", "name": "mallory"}

    def rbac(kind: str, called: str, namespace: str, labels: dict[str, str], **content: Any) -> str:
        metadata = {"name": called, "namespace": namespace, "labels": labels}
        return json.dumps({"apiVersion": f"{group}/v1", "kind": kind, "metadata": metadata, **content})

    role = {"apiGroup": group, "kind": "Role", "name": "mallory"}
    binding = {"subjects": [subject], "roleRef": role}
    for namespace in ("victim", "strange", "zone"):
        machine.kubectl(
            "apply",
            "-f",
            "-",
            stdin=f'{{"apiVersion": "v1", "kind": "Namespace", "metadata": {{"name": "{namespace}"}}}}',
        )
    machine.kubectl("apply", "-f", "-", stdin=rbac("ClusterRole", "foreign", "", {}, rules=[]))
    machine.kubectl("apply", "-f", "-", stdin=rbac("Role", "mallory", "strange", {}, rules=[rule]))
    machine.kubectl("apply", "-f", "-", stdin=rbac("RoleBinding", "mallory", "strange", {}, **binding))
    machine.kubectl("apply", "-f", "-", stdin=rbac("RoleBinding", "revoked", "zone", labels, **binding))
    hostile = rbac("RoleBinding", name, "strange", labels, **binding)
    machine.kubectl("create", "--as=mallory", "-f", "-", stdin=hostile)

    expected = tmp_path / "expected"
    expected.write_text("")
    status, output = machine.run(unit("kube-oidc-revoked"), EXPECTED=str(expected))
    assert status == 0, output
    assert machine.kubectl("get", "clusterrole", "foreign", "--output=name")
    assert machine.kubectl("get", "rolebinding", "mallory", "--namespace=strange", "--output=name")
    assert machine.kubectl("get", "namespace", "victim", "--output=jsonpath={.status.phase}") == "Active"
    assert machine.kubectl("get", "rolebindings", "--namespace=zone", "--output=name") == ""


def test_a_grant_that_is_not_applied_is_named(
    machines: list[Machine], unit: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    expected = tmp_path / "expected"
    expected.write_text('Role nowhere "kube-oidc:missing"\n')
    status, output = machines[0].run(unit("kube-oidc-revoked"), EXPECTED=str(expected), APPLY_SECONDS="1")
    assert status == 1, output
    assert 'Role nowhere "kube-oidc:missing"' in output


def test_the_scripts_pass_shellcheck() -> None:
    if shutil.which("shellcheck") is None:
        pytest.skip("shellcheck is not on this machine: the units' scripts are not linted")
    scripts = sorted(str(path) for path in (ROOT / "modules").glob("*.sh"))
    checked = subprocess.run(
        ["shellcheck", "--shell=bash", *scripts], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout
