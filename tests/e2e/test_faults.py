"""Every fault of a forge, on a real API server: what becomes of its token, and what `kube-oidc token` says."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from e2e import troubled
from e2e.binaries import Binaries
from e2e.faults import DOWN_AT_START, DOWN_LATER, FAULTS, HANGING_SECONDS, ROTATED, SLOW_SECONDS, Fault, Row
from e2e.outcome import Outcome, within
from e2e.troubled import Troubled

DEADLINE_SECONDS = 10  # of kube-oidc token
START_SECONDS = 3  # of a Python on a busy machine
RETRY_SECONDS = 10  # kube-apiserver asks a forge for its document again
CACHE_SECONDS = 10  # kube-apiserver remembers a token that it took
NOTICED_SECONDS = HANGING_SECONDS  # longer than anything it waits for


@dataclass(frozen=True, slots=True)
class Played:
    """A fault as it went; `later` is what came after, in seconds, where something did."""

    said: Outcome
    accepted: bool
    later: float = 0.0


def ask(world: Troubled, fault: Fault) -> Played:
    """The job asks for its token, then the API server is shown one until it does what it is expected to do."""
    said = world.says(fault)
    if fault.log:
        seen = []

        def refused_with_reason() -> bool:
            seen.append(world.accepts(world.token(fault)))
            return world.has_logged(fault)

        within(NOTICED_SECONDS, refused_with_reason)
        return Played(said, any(seen))
    within(NOTICED_SECONDS, lambda: world.accepts(world.token(fault)))
    return Played(said, True)


def come_back(world: Troubled, fault: Fault) -> Played:
    """After the fault the forge is there."""
    played = ask(world, fault)
    world.forges.rise(fault)
    later = within(NOTICED_SECONDS, lambda: world.accepts(world.token(fault)))
    return Played(played.said, played.accepted, later)


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
    return Played(played.said, played.accepted, later)


ACTS: dict[str, Callable[[Troubled, Fault], Played]] = {
    DOWN_AT_START.title: come_back,
    DOWN_LATER.title: go_away,
    ROTATED.title: rotate,
}


@pytest.fixture(scope="module")
def playing(
    binaries: Binaries, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[Played]]]:
    """All faults at once."""
    folder = tmp_path_factory.mktemp("troubled")
    with (
        troubled.start(folder, binaries, FAULTS) as world,
        ThreadPoolExecutor(len(FAULTS)) as pool,
    ):
        yield {fault.title: pool.submit(ACTS.get(fault.title, ask), world, fault) for fault in FAULTS}


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.title for fault in FAULTS])
def test_a_fault_of_the_forge(
    playing: dict[str, Future[Played]], fault: Fault, table: Callable[[Row], None]
) -> None:
    played = playing[fault.title].result()
    assert played.accepted == (not fault.log)
    assert played.said.status == fault.status
    assert played.said.errors == fault.says
    assert bool(played.said.output) == (fault.status == 0)
    assert played.said.seconds < DEADLINE_SECONDS + START_SECONDS
    table(fault.row)


def test_a_forge_that_comes_back_is_noticed(playing: dict[str, Future[Played]]) -> None:
    assert playing[DOWN_AT_START.title].result().later < RETRY_SECONDS + START_SECONDS


def test_an_old_key_ends_with_the_first_token_of_the_new_one(playing: dict[str, Future[Played]]) -> None:
    assert playing[ROTATED.title].result().later < CACHE_SECONDS + START_SECONDS


def test_a_slow_forge_is_waited_for(playing: dict[str, Future[Played]]) -> None:
    [slow] = [fault for fault in FAULTS if f"takes {SLOW_SECONDS} s" in fault.title]
    assert playing[slow.title].result().said.seconds > SLOW_SECONDS
