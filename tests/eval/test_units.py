"""The units' own scripts against real API servers: what they wait for, what fails them, what they delete."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from e2e import certificates, cluster, internet, serving
from e2e.machine import Machine, finish
from e2e.placing import renamed

ROOT: Final = Path(__file__).parents[2]
EXAMPLE: Final = (ROOT / "examples/forgejo/auth.yaml").read_text()
HOST: Final = "git.technowizardry.net"
OTHER: Final = EXAMPLE.replace("'adam'", "'eve'")
WRONG: Final = EXAMPLE.replace("claims.?repository_owner", "claims.?repository_owner &&")


@dataclass(frozen=True)
class Unit:
    """A unit that the module makes: its script, and its environment."""

    script: str
    environment: dict[str, str]


Units = Callable[..., Unit]


@pytest.fixture(scope="module")
def machines(binaries: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Machine]]:
    """Two API servers on one store, both with the example's file, each on a machine of its own."""
    folder = tmp_path_factory.mktemp("units")
    authority = certificates.Authority("authority", folder)
    with ExitStack() as stack:
        # A reload waits for the issuer's discovery, so the issuer has to be there.
        forgejo = stack.enter_context(serving.serve(HOST, authority))
        proxy = stack.enter_context(internet.proxy({f"{HOST}:443": forgejo.port}))
        outside = {"HTTPS_PROXY": proxy, "SSL_CERT_FILE": str(authority.certificate)}
        site = cluster.Site(folder, binaries, authority, outside)
        key = certificates.private_pem(rsa.generate_private_key(65537, 2048))
        certificates.write_secret(site.service_accounts, key)
        etcd = stack.enter_context(cluster.store(site))
        started = []
        for name in ("first", "second"):
            server = stack.enter_context(cluster.api_server(site, name, etcd, EXAMPLE.encode(), renamed))
            started.append(Machine(server, folder / f"{name}-machine", binaries))
        yield started


@pytest.fixture
def unit(evaluate: Callable[[str], Any]) -> Units:
    """A unit of a master, by its name, with these settings of services.kube-oidc."""

    def find(name: str, settings: str = "") -> Unit:
        found = evaluate(f"""
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
        return Unit(**found)

    return find


def run(machine: Machine, unit: Unit, **changes: str) -> tuple[int, str]:
    """Exit status and output of the unit's script on this machine."""
    return machine.run(unit.script, unit.environment, **changes)


def replace(machine: Machine, text: str) -> None:
    """Puts another file in the place of the configuration, as an activation does."""
    renamed(machine.server.configuration, text.encode())


def test_a_loaded_file_ends_at_once(machines: list[Machine], unit: Units) -> None:
    status, output = run(machines[0], unit("kube-oidc-loaded"))
    assert status == 0, output
    assert "the API server has loaded" in output
    assert "first-owner" in output
    assert "waiting" not in output


def test_an_api_server_that_does_not_answer(machines: list[Machine], unit: Units, tmp_path: Path) -> None:
    gone = tmp_path / "gone.kubeconfig"
    gone.write_text(re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:1", machines[0].server.admin.read_text()))
    status, output = run(machines[0], unit("kube-oidc-loaded"), KUBECONFIG=str(gone), START_SECONDS="1")
    assert status == 1, output
    assert "has not answered within 1 s" in output
    assert "was refused" in output


def test_an_api_server_that_starts_is_waited_for(machines: list[Machine], unit: Units) -> None:
    """The first activation restarts it: the script begins while nothing answers yet."""
    machine, loaded = machines[1], unit("kube-oidc-loaded")
    machine.server.program.stop(patience=60)
    waiting = machine.start(loaded.script, loaded.environment, START_SECONDS="60")
    time.sleep(2)
    machine.server.program.restart()
    status, output = finish(waiting)
    assert status == 0, output
    assert "waiting for the API server to answer: " in output
    assert "the API server has loaded" in output


def test_of_several_api_servers_the_own_one_is_asked(machines: list[Machine], unit: Units) -> None:
    """The kubeconfig leads to the second server; this machine is the first one's."""
    first, second = machines
    elsewhere = str(second.server.admin)
    status, output = run(first, unit("kube-oidc-loaded"), KUBECONFIG=elsewhere, SERVER=first.server.url)
    assert status == 0, output
    assert first.server.url in output, output
    assert second.server.url not in output, output


def test_a_kubeconfig_that_is_not_there_is_named(
    machines: list[Machine], unit: Units, tmp_path: Path
) -> None:
    absent = str(tmp_path / "absent")
    status, output = run(machines[0], unit("kube-oidc-loaded"), KUBECONFIG=absent, START_SECONDS="1")
    assert status == 1, output
    assert absent in output


def test_a_change_is_waited_for_and_a_refusal_told(machines: list[Machine], unit: Units) -> None:
    loaded = unit("kube-oidc-loaded")
    good, bad = machines
    for machine, text in ((good, OTHER), (bad, WRONG)):
        replace(machine, text)
    waiting = [machine.start(loaded.script, loaded.environment) for machine in machines]
    (status, taken), (failed, refused) = (finish(process) for process in waiting)
    assert status == 0, taken
    assert "waiting for the API server to load" in taken
    assert failed == 1, refused
    assert "the API server refused" in refused
    assert "jwt[0].claimValidationRules[0].expression: Invalid value" in refused, refused


def test_the_same_refused_file_again_gives_the_same_reason(machines: list[Machine], unit: Units) -> None:
    """The API server does not try it twice: nothing happens after this activation."""
    time.sleep(1)
    replace(machines[1], WRONG)
    status, output = run(machines[1], unit("kube-oidc-loaded"), RELOAD_SECONDS="2")
    assert status == 1, output
    assert "the last file that it tried, it did not take" in output
    assert "jwt[0].claimValidationRules[0].expression: Invalid value" in output, output


def test_the_log_of_a_pod_is_read(machines: list[Machine], unit: Units, tmp_path: Path) -> None:
    """rke2's API server is a pod, whose log is in files; each line there begins with a time and a stream."""
    folder = tmp_path / "pods" / "kube-system_kube-apiserver-x" / "kube-apiserver"
    folder.mkdir(parents=True)
    lines = machines[1].server.program.log.read_text().splitlines()
    (folder / "0.log").write_text("".join(f"2026-01-01T00:00:00Z stderr F {line}\n" for line in lines))
    pattern = f"{tmp_path}/pods/kube-system_kube-apiserver-*/kube-apiserver/*.log"
    status, output = run(machines[1], unit("kube-oidc-loaded"), LOGS=pattern, RELOAD_SECONDS="2")
    assert status == 1, output
    assert "jwt[0].claimValidationRules[0].expression: Invalid value" in output, output


def test_before_the_hash_it_says_what_it_can_know(machines: list[Machine], unit: Units) -> None:
    """No hash before Kubernetes 1.34: a reload since the change is the proof, a refusal is one too."""
    older = unit("kube-oidc-loaded", 'kubernetesVersion = "1.33";')
    good, bad = machines
    time.sleep(1)
    replace(good, EXAMPLE)
    replace(bad, WRONG.replace("&&", "||"))
    waiting = [machine.start(older.script, older.environment) for machine in machines]
    (status, taken), (failed, refused) = (finish(process) for process in waiting)
    assert status == 0, taken
    assert "the API server has loaded" in taken
    assert failed == 1, refused
    assert "the API server refused" in refused

    replace(good, EXAMPLE)
    status, output = run(good, older, RELOAD_SECONDS="2")
    assert status == 0, output
    assert "does not say which file it has loaded" in output


def test_an_api_server_without_the_flag_is_told(machines: list[Machine], unit: Units, tmp_path: Path) -> None:
    """Nothing in its metrics says that it watches a file."""
    kubectl = tmp_path / "kubectl"
    kubectl.write_text("#!/bin/sh\nexit 0\n")
    kubectl.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{machines[0].environment['PATH']}"
    status, output = run(machines[0], unit("kube-oidc-loaded"), PATH=path, RELOAD_SECONDS="1")
    assert status == 1, output
    assert "is --authentication-config on its command line?" in output


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
    unit: Units,
    evaluate: Callable[[str], Any],
    tmp_path: Path,
) -> None:
    machine = machines[0]
    machine.kubectl("apply", "-f", "-", stdin=manifests(evaluate, MORE))
    machine.kubectl("create", "clusterrole", "foreign", "--verb=get", "--resource=pods")
    assert len(ours(machine)) == 5

    revoked = unit("kube-oidc-revoked", GRANTS)
    expected = tmp_path / "expected"
    expected.write_text(revoked.environment["EXPECTED"])
    status, output = run(machine, revoked, EXPECTED=str(expected))
    assert status == 0, output
    assert ours(machine) == ["role/kube-oidc:a", "rolebinding/kube-oidc:a"]
    assert "revoking ClusterRole - kube-oidc:b" in output
    assert machine.kubectl("get", "clusterrole", "foreign", "--output=name")
    assert machine.kubectl("get", "namespace", "a", "--output=name")

    expected.write_text("")
    status, output = run(machine, revoked, EXPECTED=str(expected))
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
    name: str, machines: list[Machine], unit: Units, tmp_path: Path
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
    status, output = run(machine, unit("kube-oidc-revoked"), EXPECTED=str(expected))
    assert status == 0, output
    assert machine.kubectl("get", "clusterrole", "foreign", "--output=name")
    assert machine.kubectl("get", "rolebinding", "mallory", "--namespace=strange", "--output=name")
    assert machine.kubectl("get", "namespace", "victim", "--output=jsonpath={.status.phase}") == "Active"
    assert machine.kubectl("get", "rolebindings", "--namespace=zone", "--output=name") == ""


def test_a_grant_that_is_not_applied_is_named(machines: list[Machine], unit: Units, tmp_path: Path) -> None:
    expected = tmp_path / "expected"
    expected.write_text('Role nowhere "kube-oidc:missing"\n')
    status, output = run(machines[0], unit("kube-oidc-revoked"), EXPECTED=str(expected), APPLY_SECONDS="1")
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
