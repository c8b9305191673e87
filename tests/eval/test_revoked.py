"""The unit that deletes old grants, against real API servers: what it waits for, what goes and what stays."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from e2e.harness.machine import Machine, Units


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
    status, output = machine.run(unit("kube-oidc-revoked"), EXPECTED=str(expected))
    assert status == 0, output
    assert machine.kubectl("get", "clusterrole", "foreign", "--output=name")
    assert machine.kubectl("get", "rolebinding", "mallory", "--namespace=strange", "--output=name")
    assert machine.kubectl("get", "namespace", "victim", "--output=jsonpath={.status.phase}") == "Active"
    assert machine.kubectl("get", "rolebindings", "--namespace=zone", "--output=name") == ""


REFUSED_RULES: Final = {
    "verbs must contain at least one value": {"apiGroups": ["apps"], "resources": ["deployments"]},
    "resource rules must supply at least one api group": {"resources": ["pods"], "verbs": ["get"]},
    "resource rules must supply at least one resource": {"apiGroups": [""], "verbs": ["get"]},
    "rules cannot apply to both regular resources and non-resource URLs": {
        "apiGroups": [""], "resources": ["pods"], "nonResourceURLs": ["/metrics"], "verbs": ["get"],
    },
}  # fmt: skip


@pytest.mark.parametrize("words", REFUSED_RULES)
def test_the_api_server_refuses_the_rules_that_the_module_refuses(
    words: str, machines: list[Machine], evaluate: Callable[[str], Any]
) -> None:
    rule = REFUSED_RULES[words]
    metadata = {"name": "refused"}
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": metadata}
    with pytest.raises(subprocess.CalledProcessError) as refused:
        machines[0].kubectl(
            "create", "--dry-run=server", "-f", "-", stdin=json.dumps({**role, "rules": [rule]})
        )
    assert words in refused.value.stderr
    grant = {"issuer": "forgejo", "user": "forgejo:repo:a/b:ref:c", "clusterWide": True, "rules": [rule]}
    refusals = evaluate(f"""
      evaluate.refusals [
        evaluate.master evaluate.forgejo
        (evaluate.oidc {{ grants.site = builtins.fromJSON {json.dumps(json.dumps(grant))}; }})
      ]
    """)
    assert len(refusals) == 1, refusals
    assert "services.kube-oidc.grants.site.rules[0]" in refusals[0]


def test_a_grant_that_is_not_applied_is_named(machines: list[Machine], unit: Units, tmp_path: Path) -> None:
    expected = tmp_path / "expected"
    expected.write_text('Role nowhere "kube-oidc:missing"\n')
    status, output = machines[0].run(unit("kube-oidc-revoked"), EXPECTED=str(expected), APPLY_SECONDS="1")
    assert status == 1, output
    assert 'Role nowhere "kube-oidc:missing"' in output
    assert "there is no namespace nowhere: create it, or set createNamespace in its grant" in output

    expected.write_text('Role default "kube-oidc:missing"\nClusterRole - "kube-oidc:missing"\n')
    status, output = machines[0].run(unit("kube-oidc-revoked"), EXPECTED=str(expected), APPLY_SECONDS="1")
    assert status == 1, output
    assert "there is no namespace" not in output
