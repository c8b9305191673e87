"""Every fault of a forge, on a real API server: what becomes of its token, and what `kube-oidc token` says."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

import pytest

from e2e.harness import cluster, troubled
from e2e.harness.binaries import Binaries
from e2e.harness.fault_rows import ETCD_GONE, Row
from e2e.harness.faults import (
    DOWN_AT_START,
    DOWN_LATER,
    FAULTS,
    HANGING_SECONDS,
    ROTATED,
    SLOW_SECONDS,
    Fault,
)
from e2e.harness.outcome import BUSY_SECONDS, Outcome, kube_oidc, within
from e2e.harness.troubled import Troubled

DEADLINE_SECONDS = 10  # of our commands
ASKED_SECONDS = 2  # what a question of kube-oidc status may take
RETRY_SECONDS = 10  # kube-apiserver asks a forge for its document again
CACHE_SECONDS = 10  # kube-apiserver remembers a token that it took
NOTICED_SECONDS = 4 * HANGING_SECONDS  # longer than anything it waits for, on a busy machine


@dataclass(frozen=True, slots=True)
class Played:
    """A fault as it went; `later` is what came after, in seconds, where something did."""

    said: Outcome
    found: Outcome
    accepted: bool
    later: float = 0.0
    explained: str = ""


def ask(world: Troubled, fault: Fault) -> Played:
    """Our commands are asked, then the API server is shown tokens until it does what it is expected to do."""
    said, found = world.says(fault), world.finds(fault)
    if fault.log:
        seen = []

        def refused_with_reason() -> bool:
            seen.append(world.accepts(world.token(fault)))
            return world.has_logged(fault)

        within(NOTICED_SECONDS, refused_with_reason)
        explained = world.explains(fault) if fault.is_about_the_token else ""
        return Played(said, found, any(seen), explained=explained)
    within(NOTICED_SECONDS, lambda: world.accepts(world.token(fault)))
    return Played(said, found, True)


def come_back(world: Troubled, fault: Fault) -> Played:
    """After the fault the forge is there."""
    played = ask(world, fault)
    world.forges.rise(fault)
    later = within(NOTICED_SECONDS, lambda: world.accepts(world.token(fault)))
    return replace(played, later=later)


def go_away(world: Troubled, fault: Fault) -> Played:
    """The API server has the forge's keys, then the forge goes."""
    within(NOTICED_SECONDS, lambda: world.accepts(world.token(fault)))
    world.forges.fall(fault)
    return ask(world, fault)


def rotate(world: Troubled, fault: Fault) -> Played:
    """A token of the old key and one of the new; how long the old one is taken after that."""
    old = world.token(fault)
    within(NOTICED_SECONDS, lambda: world.accepts(old))
    world.forges.issuers[fault.title].rotate()
    time.sleep(CACHE_SECONDS + 1)  # what follows is not the cache
    assert world.accepts(old), "its key is no longer published, and the API server has not looked"
    played = ask(world, fault)
    later = within(NOTICED_SECONDS, lambda: not world.accepts(old))
    return replace(played, later=later)


ACTS: dict[str, Callable[[Troubled, Fault], Played]] = {
    DOWN_AT_START.title: come_back,
    DOWN_LATER.title: go_away,
    ROTATED.title: rotate,
}


@pytest.fixture(scope="module")
def world_of_faults(binaries: Binaries, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Troubled]:
    """The API server and its forges."""
    with troubled.start(tmp_path_factory.mktemp("troubled"), binaries, FAULTS) as started:
        yield started


@pytest.fixture(scope="module")
def playing(world_of_faults: Troubled) -> Iterator[dict[str, Future[Played]]]:
    """All faults at once."""
    with ThreadPoolExecutor(len(FAULTS)) as pool:
        acts = {fault: ACTS.get(fault.title, ask) for fault in FAULTS}
        yield {fault.title: pool.submit(act, world_of_faults, fault) for fault, act in acts.items()}


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.title for fault in FAULTS])
def test_a_fault_of_the_forge(
    playing: dict[str, Future[Played]], fault: Fault, table: Callable[[Row], None]
) -> None:
    played = playing[fault.title].result()
    assert played.accepted == (not fault.log)
    assert (played.said.status, played.said.errors) == (fault.ends, fault.token)
    assert bool(played.said.output) == (fault.ends == 0)
    assert played.found.output == fault.status
    assert played.explained == (f"refused: {fault.log}" if fault.is_about_the_token else "")
    assert max(played.said.seconds, played.found.seconds) < DEADLINE_SECONDS + BUSY_SECONDS
    table(fault.row)


def test_a_forge_that_comes_back_is_noticed(playing: dict[str, Future[Played]]) -> None:
    assert playing[DOWN_AT_START.title].result().later < RETRY_SECONDS + BUSY_SECONDS


def test_an_old_key_ends_with_the_first_token_of_the_new_one(playing: dict[str, Future[Played]]) -> None:
    assert playing[ROTATED.title].result().later < CACHE_SECONDS + BUSY_SECONDS


def test_a_slow_forge_is_waited_for(playing: dict[str, Future[Played]]) -> None:
    [slow] = [fault for fault in FAULTS if f"takes {SLOW_SECONDS} s" in fault.title]
    assert playing[slow.title].result().said.seconds > SLOW_SECONDS


def test_without_etcd_tokens_are_taken_and_nothing_is_found(
    playing: dict[str, Future[Played]], world_of_faults: Troubled, table: Callable[[Row], None]
) -> None:
    played, world = playing[ROTATED.title].result(), world_of_faults
    assert played.accepted
    world.store.close()
    assert world.accepts(world.token(ROTATED))
    assert "Unable to connect" in world.kubectl("get", "configmaps", "--request-timeout=2s").errors
    command = ("status", "--only", "servers", "--timeout", f"{ASKED_SECONDS}s")
    files = (f"--kubeconfig={world.server.admin}", f"{world.server.configuration}")
    said = kube_oidc(*command, *files)
    assert said.status == 1
    assert f"metrics: {world.server.url} sent no complete response within {ASKED_SECONDS} s" in said.output
    assert said.seconds < 2 * ASKED_SECONDS + BUSY_SECONDS  # for the other API servers, and for the metrics
    ready = world.kubectl("get", "--raw", "/readyz", "--request-timeout=5s")
    assert "[-]etcd failed" in ready.errors
    world.store.enter_context(cluster.store(world.site, urlsplit(world.etcd).port))
    within(60, lambda: world.kubectl("get", "configmaps", "--request-timeout=2s").status == 0)
    assert world.accepts(world.token(ROTATED))
    table(ETCD_GONE)
