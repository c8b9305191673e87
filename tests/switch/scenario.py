"""Scenarios: what someone does to a node, what must come of it, and the table of how it went."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from e2e.harness.binaries import Binaries

from switch import node
from switch.machine import CannotBootError, Machine
from switch.node import Node, Switched

AT_ONCE: Final = 3
WIDTHS: Final = (46, 8, 8)
SHOWN: Final = 150  # characters of what nixos-rebuild shows


@dataclass(frozen=True, slots=True)
class Scenario:
    """`act` does something to the node and asserts what comes of it; it returns what nixos-rebuild showed last."""

    title: str
    act: Callable[[Node], Switched]


@dataclass(frozen=True, slots=True)
class Group:
    """Scenarios on one node, in order; `boot` is the generation that it boots, `spoil` what is done to it before."""

    name: str
    distribution: str
    scenarios: tuple[Scenario, ...]
    boot: str = "removed"
    spoil: Callable[[Machine], None] | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """How a scenario went; `failure` is empty if all was as it must be, `switched` what nixos-rebuild showed."""

    title: str
    seconds: float
    switched: Switched | None
    failure: str = ""
    skipped: str = ""


def play(group: Group, folder: Path, binaries: Binaries) -> list[Result]:
    """The results of a group's scenarios, on a node that is booted for them."""
    try:
        with node.boot(folder / group.name, binaries, group.distribution, group.boot, group.spoil) as host:
            return [run(scenario, host) for scenario in group.scenarios]
    except CannotBootError as error:
        return [Result(scenario.title, 0, None, skipped=str(error)) for scenario in group.scenarios]
    except Exception:  # noqa: BLE001 - whatever it was, it is the result
        return [Result(scenario.title, 0, None, traceback.format_exc()) for scenario in group.scenarios]


def run(scenario: Scenario, host: Node) -> Result:
    """The result of one scenario; a failure has the journal of the module's units."""
    start = time.monotonic()
    before = len(host.switches)
    failure, switched = "", None
    try:
        switched = scenario.act(host)
    except Exception:  # noqa: BLE001 - whatever it was, it is the result
        journal = host.machine.run("journalctl", "--no-pager", "--unit=kube-oidc*", "--lines=60").stdout
        shown = host.switches[-1].output if len(host.switches) > before else ""
        failure = f"{traceback.format_exc()}\n{shown}\n{journal}"
    return Result(scenario.title, time.monotonic() - start, switched, failure)


def play_all(groups: Iterable[Group], folder: Path, binaries: Binaries) -> Iterator[Result]:
    """The results of all groups, several groups at a time, in the order of the groups."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for results in pool.map(lambda group: play(group, folder, binaries), groups):
            yield from results


def row(result: Result) -> str:
    """One line of the table."""
    if result.skipped:
        return f"{result.title:<{WIDTHS[0]}}skipped: {result.skipped}"
    status = "FAILED" if result.failure else str(result.switched.status if result.switched else "")
    last = result.failure.strip().splitlines()[-1] if result.failure and result.switched is None else ""
    shown = last or (result.switched.last() if result.switched else "")
    return (
        f"{result.title:<{WIDTHS[0]}}{status:>{WIDTHS[1]}}{result.seconds:>{WIDTHS[2]}.1f}  {shown[:SHOWN]}"
    )


def head() -> str:
    """The first line of the table."""
    return f"{'scenario':<{WIDTHS[0]}}{'status':>{WIDTHS[1]}}{'seconds':>{WIDTHS[2]}}  what nixos-rebuild shows last"
