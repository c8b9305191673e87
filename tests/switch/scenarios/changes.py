"""Changes of the configuration that the API server takes: the trust, grants, the module itself."""

from __future__ import annotations

import json
from typing import Final

from switch.node import Node, Switched
from switch.scenario import Group, Scenario

UNIT: Final = "kube-oidc-apply"
EXPOSURE: Final = 20  # tenths
KEEPS: Final = "example.org/keep"
BINDING: Final = ("rolebinding", "kube-oidc:shop", "--namespace=shop")


def first_activation(node: Node) -> Switched:
    """The module is enabled on a running node: the API server restarts once, and both grants work."""
    node.given("removed")
    switched = node.switch("base")
    assert switched.status == 0, switched.output
    node.expect("yes", "adam/site")
    node.expect("yes", "adam/shop")
    assert node.can("adam/site", "delete") == "no"
    assert node.can("adam/site", namespace="shop") == "no"
    assert node.can("eve/site") == "refused"
    assert node.can("adam/site", event="pull_request") == "refused"
    assert not (node.machine.root / ".kube").exists(), "a cache in the root folder"
    return switched


def hardened(node: Node) -> Switched:
    """What an attacker in the unit could do, as systemd counts it: at most 2.0 of 10."""
    node.given("base")
    words = ("systemd-analyze", "security", "--no-pager", f"--threshold={EXPOSURE}", f"{UNIT}.service")
    output = node.machine.succeed(*words)
    return Switched(0, output.strip(), 0)


def no_change(node: Node) -> Switched:
    """The same generation again: nothing restarts, and no time is lost."""
    node.given("base")
    process = node.process()
    switched = node.switch("base")
    assert switched.status == 0, switched.output
    assert node.process() == process
    assert switched.seconds < 15
    return switched


def another_trust(node: Node) -> Switched:
    """One more trusted owner: the same process loads it, and a job that asks all the time loses no request."""
    node.given("base")
    process = node.process()
    assert node.can("eve/site") == "refused"
    with node.asked() as counts:
        switched = node.switch("trust")
    assert switched.status == 0, switched.output
    assert node.process() == process
    assert (counts["lost"], counts["reasons"]) == (0, [])
    assert counts["asked"] > 10
    assert node.can("eve/site") == "no"
    node.expect("yes", "adam/site")
    return switched


def revoked_with_missing_namespace(node: Node) -> Switched:
    """One grant is gone and another one can't be applied: the first is revoked all the same, the other is named."""
    node.given("base")
    node.expect("yes", "adam/shop")
    switched = node.switch("missing-namespace")
    assert switched.status == 4, switched.output
    node.expect("no", "adam/shop")
    node.expect("yes", "adam/site")
    shown = "\n".join(switched.lines)
    assert "nowhere" in shown
    assert "createNamespace" in shown
    return switched


def finalizer(node: Node) -> Switched:
    """A binding that something else keeps alive would still be in force: it is emptied, and the journal names it."""
    node.given("base")
    node.kubectl("patch", *BINDING, "--type=merge", f"--patch={json.dumps(metadata([KEEPS]))}")
    try:
        switched = node.switch("revoked")
        assert switched.status == 0, switched.output
        assert switched.seconds < 60
        node.expect("no", "adam/shop")
        assert KEEPS in node.machine.journal(UNIT)
        assert node.kubectl("get", *BINDING, "--output=jsonpath={.metadata.deletionTimestamp}")
    finally:
        node.kubectl("patch", *BINDING, "--type=merge", f"--patch={json.dumps(metadata(None))}")
    return switched


def metadata(finalizers: list[str] | None) -> dict[str, object]:
    """A patch of an object's finalizers."""
    return {"metadata": {"finalizers": finalizers}}


def manual_drift(node: Node) -> Switched:
    """Everyone was added to a binding by hand, and a label removed: both are corrected and reported."""
    node.given("base")
    everyone = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "system:authenticated"}
    patch = json.dumps([{"op": "add", "path": "/subjects/-", "value": everyone}])
    node.kubectl("patch", *BINDING, "--type=json", f"--patch={patch}")
    node.kubectl("label", "role", "kube-oidc:site", "--namespace=site", "app.kubernetes.io/managed-by-")
    node.expect("yes", "adam/site", namespace="shop")
    switched = node.switch("base")
    assert switched.status == 0, switched.output
    node.expect("no", "adam/site", namespace="shop")
    label = "-o=jsonpath={.metadata.labels.app\\.kubernetes\\.io/managed-by}"
    assert node.kubectl("get", "role", "kube-oidc:site", "--namespace=site", label) == "kube-oidc"
    journal = node.machine.journal(UNIT)
    assert "system:authenticated" in journal
    return switched


def all_grants_removed_with_the_module(node: Node) -> Switched:
    """The module is disabled: the API server restarts without the file, its tokens are refused, nothing fails."""
    node.given("base")
    switched = node.switch("removed")
    assert switched.status == 0, switched.output
    node.wait_for_server()
    assert node.can("adam/site") == "refused"
    assert not (node.machine.root / "etc/kube-oidc/auth.yaml").exists()
    return switched


GROUP: Final = Group(
    "changes",
    "kubernetes",
    (
        Scenario("first activation", first_activation),
        Scenario("no change", no_change),
        Scenario("the unit's exposure", hardened),
        Scenario("another trust, under requests", another_trust),
        Scenario("a grant revoked, one that can't be applied", revoked_with_missing_namespace),
        Scenario("a finalizer on a revoked binding", finalizer),
        Scenario("drift by hand", manual_drift),
        Scenario("the module removed", all_grants_removed_with_the_module),
    ),
)
