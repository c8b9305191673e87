"""One cluster for the whole session, and the story played once on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from e2e.harness import generated
from e2e.harness import world as worlds
from e2e.harness.binaries import Binaries
from e2e.harness.fault_rows import SEEN, Row
from e2e.harness.world import World
from e2e.story.chapters import CHAPTERS
from e2e.story.scene import Played, play


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


@pytest.fixture(scope="session")
def granted(world: World) -> World:
    """The world, with a grant for the job of a generated workflow."""
    generated.grant(world)
    return world


@pytest.fixture
def watched(granted: World, tmp_path: Path) -> Iterator[tuple[World, Path, str]]:
    """Programs that note their arguments before they do their work; at the end no token may be among them."""
    with generated.watching(granted, tmp_path) as all_of_it:
        yield all_of_it
