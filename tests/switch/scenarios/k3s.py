"""kube-apiserver with the flags that k3s gives it, and k3s' kubeconfig; k3s itself is not run."""

from __future__ import annotations

from typing import Final

from switch.node import Node, Switched
from switch.scenario import Group, Scenario
from switch.scenarios.changes import another_trust, first_activation
from switch.scenarios.files import status


def enabled(node: Node) -> Switched:
    """The first activation; anonymous requests stay refused although k3s drops its own flag."""
    switched = first_activation(node)
    assert status(node, "/version") == "401"
    return switched


def removed(node: Node) -> Switched:
    """The module is disabled: k3s restarts without the file."""
    switched = node.switch("removed")
    assert switched.status == 0, switched.output
    node.wait_for_server()
    assert node.can("adam/site") == "refused"
    return switched


GROUP: Final = Group(
    "k3s",
    "k3s",
    (
        Scenario("k3s: first activation", enabled),
        Scenario("k3s: another trust, under requests", another_trust),
        Scenario("k3s: the module removed", removed),
    ),
)
