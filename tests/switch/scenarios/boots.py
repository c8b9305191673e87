"""A node that boots: normally, and with an API server that can't start."""

from __future__ import annotations

from typing import Final

from switch.machine import Machine
from switch.node import Node, Switched
from switch.scenario import Group, Scenario
from switch.scenarios.outages import recovers

MULTI_USER: Final = "multi-user.target"
BOOTED_WITHIN_SECONDS: Final = 30
DATA: Final = "/var/lib/etcd"


def booted(node: Node) -> float:
    """Seconds until multi-user.target was reached; AssertionError if it was not."""
    assert node.machine.show(MULTI_USER, "ActiveState") == "active"
    reached = int(node.machine.show(MULTI_USER, "ActiveEnterTimestampMonotonic"))
    started = int(node.machine.show("sysinit.target", "InactiveExitTimestampMonotonic"))
    return (reached - started) / 1e6


def without_etcd(node: Node) -> Switched:
    """The API server can't start: boot doesn't wait for it, and once its store is there everything recovers."""
    seconds = booted(node)
    assert seconds < BOOTED_WITHIN_SECONDS
    assert not node.answers()
    node.machine.succeed("rm", DATA)
    node.machine.succeed("systemctl", "reset-failed", "etcd")
    node.machine.succeed("systemctl", "start", "etcd")
    node.wait_for_server()
    recovers(node)
    node.expect("yes", "adam/site")
    return Switched(0, f"booted in {seconds:.1f} s, recovered by itself", seconds)


def rejected_file(node: Node) -> Switched:
    """The API server can't start with its file: boot doesn't wait for it, and the next switch repairs it."""
    assert booted(node) < BOOTED_WITHIN_SECONDS
    switched = node.switch("base")
    assert switched.status == 0, switched.output
    node.expect("yes", "adam/site")
    return switched


def normal(node: Node) -> Switched:
    """After a boot the grants are there without a switch."""
    seconds = booted(node)
    node.wait_for_server()
    recovers(node)
    node.expect("yes", "adam/site")
    return Switched(0, f"booted in {seconds:.1f} s", seconds)


def spoil_etcd(machine: Machine) -> None:
    """A file where etcd's folder should be."""
    machine.write(DATA, "")


GROUPS: Final = (
    Group("boot", "kubernetes", (Scenario("boot", normal),), boot="base"),
    Group(
        "boot-without-etcd",
        "kubernetes",
        (Scenario("boot without etcd", without_etcd),),
        boot="base",
        spoil=spoil_etcd,
    ),
    Group(
        "boot-rejected",
        "kubernetes",
        (Scenario("boot with a rejected file", rejected_file),),
        boot="rejected",
    ),
)
