"""`kube-oidc apply` on real API servers: what is granted, revoked, corrected, refused, and what its last lines say."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from e2e.harness.machine import EXAMPLE, Machine, grant, namespace
from e2e.harness.outcome import BUSY_SECONDS

SITE = [namespace("site"), *grant("site", "adam")]


@pytest.fixture
def machine(machines: list[Machine]) -> Iterator[Machine]:
    """The first machine, with its file loaded; all grants are revoked at the end."""
    yield machines[0]
    machines[0].activate(EXAMPLE)
    done = machines[0].apply([])
    assert done.status == 0, done.output


def allowed(machine: Machine, user: str, space: str = "site", seconds: float = 5.0) -> bool:
    """Whether the user may patch deployments; the authorizer learns of a change after a moment."""
    end = time.monotonic() + seconds
    first = machine.can(user, "patch", "deployments.apps", space)
    while time.monotonic() < end and not first:
        first = machine.can(user, "patch", "deployments.apps", space)
    return first


def denied(machine: Machine, user: str, space: str = "site", seconds: float = 5.0) -> bool:
    end = time.monotonic() + seconds
    while machine.can(user, "patch", "deployments.apps", space):
        if time.monotonic() > end:
            return False
    return True


def test_grants_are_applied_once_and_left_unchanged(machine: Machine) -> None:
    dry = machine.apply(SITE, "--dry-run")
    assert dry.status == 0, dry.output
    assert "would be created RoleBinding site/kube-oidc:site" in dry.output
    assert denied(machine, "adam", seconds=0)
    done = machine.apply(SITE)
    assert done.status == 0, done.output
    assert "created   RoleBinding site/kube-oidc:site" in done.output
    assert allowed(machine, "adam")
    again = machine.apply(SITE)
    assert again.output.count("\n") == 1, again.output
    assert "3 unchanged" in again.output


def test_a_revoked_grant_goes_although_another_cannot_be_applied(machine: Machine) -> None:
    machine.apply(SITE)
    assert allowed(machine, "adam")
    done = machine.apply([*grant("gone", "eve", namespace="missing"), *grant("other", "eve")])
    assert done.status == 1, done.output
    assert "revoked   RoleBinding site/kube-oidc:site" in done.output
    assert "reason: Role missing/kube-oidc:gone: namespace missing not found" in done.end
    assert "createNamespace" in done.end.splitlines()[-1]
    assert denied(machine, "adam")
    assert allowed(machine, "eve")
    assert machine.kubectl("get", "namespace", "site", "--output=name")


def test_a_finalizer_keeps_the_object_and_nothing_else(machine: Machine) -> None:
    machine.apply(SITE)
    keep = '{"metadata":{"finalizers":["example.org/keep"]}}'
    binding = ("rolebinding", "kube-oidc:site", "--namespace=site")
    machine.kubectl("patch", *binding, "--type=merge", "--patch", keep)
    start = time.monotonic()
    done = machine.apply([])
    assert time.monotonic() - start < 30 + BUSY_SECONDS
    assert done.status == 0, done.output
    assert "it grants nothing any more, but is kept by the finalizer example.org/keep" in done.output
    assert denied(machine, "adam")

    again = machine.apply(SITE)
    assert again.status == 1, again.output
    assert "is being deleted, and kept by the finalizer example.org/keep" in again.end
    machine.kubectl("patch", *binding, "--type=merge", "--patch", '{"metadata":{"finalizers":null}}')
    assert machine.apply(SITE).status == 0


def test_drift_is_corrected_and_reported(machine: Machine) -> None:
    machine.apply(SITE)
    everyone = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "system:authenticated"}
    patch = json.dumps([{"op": "add", "path": "/subjects/-", "value": everyone}])
    machine.kubectl(
        "patch", "rolebinding", "kube-oidc:site", "--namespace=site", "--type=json", "--patch", patch
    )
    machine.kubectl("label", "role", "kube-oidc:site", "--namespace=site", "app.kubernetes.io/managed-by-")
    assert allowed(machine, "stranger")
    done = machine.apply(SITE)
    assert done.status == 0, done.output
    assert "corrected RoleBinding site/kube-oidc:site: removed Group system:authenticated" in done.output
    assert "corrected Role site/kube-oidc:site: label app.kubernetes.io/managed-by was missing" in done.output
    assert denied(machine, "stranger")
    changed = machine.apply([SITE[0], *grant("site", "eve")])
    assert "changed   RoleBinding site/kube-oidc:site: added User eve, removed User adam" in changed.output


def test_a_binding_whose_label_was_removed_is_revoked_all_the_same(machine: Machine) -> None:
    machine.apply(SITE)
    machine.kubectl(
        "label", "rolebinding", "kube-oidc:site", "--namespace=site", "app.kubernetes.io/managed-by-"
    )
    done = machine.apply([])
    assert "revoked   RoleBinding site/kube-oidc:site" in done.output
    assert denied(machine, "adam")


def test_rules_that_another_role_would_fill_in_are_replaced(machine: Machine) -> None:
    """An aggregationRule is no field of ours: server-side apply would leave it."""
    role = {**grant("wide", "adam")[0], "kind": "ClusterRole"}
    role["metadata"] = {"name": "kube-oidc:wide"}
    assert machine.apply([role]).status == 0
    rule = {"aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"a": "b"}}]}}
    machine.kubectl("patch", "clusterrole", "kube-oidc:wide", "--type=merge", "--patch", json.dumps(rule))
    done = machine.apply([role])
    assert done.status == 0, done.output
    assert "replaced  ClusterRole kube-oidc:wide: it had an aggregationRule" in done.output
    found = json.loads(machine.kubectl("get", "clusterrole", "kube-oidc:wide", "--output=json"))
    assert "aggregationRule" not in found


def test_another_role_means_another_binding(machine: Machine) -> None:
    machine.apply(SITE)
    role, binding = grant("site", "adam")
    other = {**binding, "roleRef": {**binding["roleRef"], "kind": "ClusterRole", "name": "view"}}
    done = machine.apply([SITE[0], role, other])
    assert done.status == 0, done.output
    assert "replaced  RoleBinding site/kube-oidc:site: roleRef was Role kube-oidc:site" in done.output
    assert denied(machine, "adam")


def test_of_two_servers_with_other_grants_the_last_one_wins_and_names_the_other(
    machine: Machine, machines: list[Machine]
) -> None:
    mine, theirs = [*SITE, *grant("mine", "adam")], [SITE[0], *grant("site", "adam", "eve")]
    assert machine.apply(mine, "--machine=one").status == 0
    same = machines[1].apply(mine, "--machine=two")
    assert "5 unchanged" in same.output, same.output
    done = machines[1].apply(theirs, "--machine=two")
    assert done.status == 0, done.output
    assert "revoked   RoleBinding site/kube-oidc:mine: last applied on one" in done.output
    assert "changed   RoleBinding site/kube-oidc:site: added User eve, last applied on one" in done.output
    back = machine.apply(mine, "--machine=one")
    assert "changed   RoleBinding site/kube-oidc:site: removed User eve, last applied on two" in back.output


def test_objects_of_others_are_left_and_named(machine: Machine) -> None:
    machine.apply([SITE[0]])
    create = ("create", "rolebinding", "--namespace=site", "--clusterrole=view", "--user=mallory")
    machine.kubectl(*create, "kube-oidc:site")
    machine.kubectl(*create, "labelled")
    machine.kubectl(
        "label", "rolebinding", "labelled", "--namespace=site", "app.kubernetes.io/managed-by=kube-oidc"
    )
    try:
        done = machine.apply(SITE)
        assert done.status == 1, done.output
        assert "reason: RoleBinding site/kube-oidc:site: exists, and was made by kubectl-create" in done.end
        assert "left      RoleBinding site/labelled: has the label" in done.output
        assert "services.kube-oidc.grants.NAME.name" in done.end.splitlines()[-1]
        assert machine.kubectl("get", "rolebinding", "labelled", "--namespace=site", "--output=name")
    finally:
        machine.kubectl("delete", "rolebinding", "kube-oidc:site", "labelled", "--namespace=site")


@pytest.mark.parametrize(
    "name",
    ["--all\nNamespace - victim", "--all", "::error::x", "a%2Fb?dryRun=All#", "\x1b[2J"],
)
def test_a_name_that_a_stranger_chose_is_shown_and_never_obeyed(machine: Machine, name: str) -> None:
    """Who may make RoleBindings in one namespace can choose any name without / and %, and our field manager."""
    machine.apply([SITE[0]])
    if "%" in name or "/" in name:
        name = name.replace("%2F", "")
    hostile = {**grant("x", "mallory")[1]}
    hostile["metadata"] = {"name": name, "namespace": "site"}
    machine.kubectl(
        "apply", "--server-side", "--field-manager=kube-oidc", "-f", "-", stdin=json.dumps(hostile)
    )
    done = machine.apply([SITE[0]])
    assert done.status == 0, done.output
    assert done.output.count("\n") == 2, done.output
    assert "\x1b" not in done.output
    assert machine.kubectl("get", "rolebindings", "--namespace=site", "--output=name") == ""
