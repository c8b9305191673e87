"""An API server or etcd that is stopped, frozen or slow while the node is switched."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from switch.machine import wait_until
from switch.node import Node, Switched
from switch.scenario import Group, Scenario
from switch.scenarios.changes import UNIT

PATIENCE_SECONDS: Final = 12
RECOVERY_SECONDS: Final = 60


def recovers(node: Node) -> None:
    """The unit succeeds by itself, without another switch."""
    wait_until(
        lambda: node.machine.show(UNIT, "ActiveState") == "active", "the unit recovers", RECOVERY_SECONDS
    )


def stopped(node: Node) -> Switched:
    """Somebody stopped the API server: the switch starts it, and a revoked grant is revoked."""
    node.given("base")
    node.machine.succeed("systemctl", "stop", node.server)
    switched = node.switch("revoked")
    assert switched.status == 0, switched.output
    node.expect("no", "adam/shop")
    return switched


def frozen(node: Node) -> Switched:
    """The API server accepts connections and answers none: the switch gives up, the unit recovers afterwards."""
    node.given("base")
    with node.signalled(node.server):
        switched = node.switch(node.load("revoked").impatient(PATIENCE_SECONDS))
    assert switched.status == 4, switched.output
    assert switched.seconds < PATIENCE_SECONDS + 15
    recovers(node)
    node.expect("no", "adam/shop")
    return switched


def etcd_frozen(node: Node) -> Switched:
    """The API server answers, its store doesn't: the switch gives up in time, the unit recovers afterwards."""
    node.given("base")
    with node.signalled("etcd"):
        switched = node.switch(node.load("revoked").impatient(PATIENCE_SECONDS))
    assert switched.status == 4, switched.output
    assert switched.seconds < PATIENCE_SECONDS + 20
    recovers(node)
    node.expect("no", "adam/shop")
    return switched


def slow(node: Node) -> Switched:
    """An API server that is frozen four fifths of the time: it takes longer, and works."""
    node.given("base")
    with slowed(node, node.server):
        switched = node.switch("revoked")
    assert switched.status == 0, switched.output
    node.expect("no", "adam/shop")
    return switched


@contextmanager
def slowed(node: Node, unit: str) -> Iterator[None]:
    """A unit that runs 0.1 s of each half second."""
    over = threading.Event()

    def alternate() -> None:
        while not over.wait(0.1):
            with node.signalled(unit):
                over.wait(0.4)

    thread = threading.Thread(target=alternate)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


GROUP: Final = Group(
    "outages",
    "kubernetes",
    (
        Scenario("the API server stopped", stopped),
        Scenario("the API server frozen", frozen),
        Scenario("the API server slow", slow),
        Scenario("etcd frozen", etcd_frozen),
    ),
    boot="base",
)
