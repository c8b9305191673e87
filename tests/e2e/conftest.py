"""One cluster for the whole session, and the story played once on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from e2e import world as worlds
from e2e.binaries import Binaries
from e2e.fault_rows import SEEN, Row
from e2e.story import CHAPTERS, Played, play
from e2e.world import World


@pytest.fixture
def table(request: pytest.FixtureRequest) -> Callable[[Row], None]:
    """Takes a row for the table of faults in the closing lines; called once all of it was seen."""
    seen = request.config.stash[SEEN]
    return lambda row: None if row in seen else seen.append(row)


@pytest.fixture(scope="session")
def world(binaries: Binaries, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The cluster with the example's file, the issuer, and the machine that CI jobs run on."""
    with worlds.start(tmp_path_factory.mktemp("world"), binaries) as started:
        yield started


@pytest.fixture(scope="session")
def played(world: World) -> dict[str, Played]:
    """Every scene of the story by its title, played once and in order."""
    return {scene.title: play(scene, world) for chapter in CHAPTERS for scene in chapter.scenes}
