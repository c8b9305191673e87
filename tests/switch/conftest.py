"""What the tests here share: the scenarios, played once, and the reason why none can be played."""

from __future__ import annotations

import functools
from collections.abc import Callable

import pytest
from e2e.harness.binaries import Binaries

from switch import scenario
from switch.machine import why_not
from switch.scenario import Result
from switch.scenarios import GROUPS


@pytest.fixture(scope="session")
def systemd() -> None:
    """Skips the test by name if this computer can't run systemd next to its own."""
    reason = why_not()
    if reason is not None:
        pytest.skip(f"a separate systemd can't run on this computer: {reason}")


@pytest.fixture(scope="session")
def played(
    systemd: None, binaries: Binaries, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], dict[str, Result]]:
    """Plays every scenario when it is first called, and returns the results by title."""

    @functools.cache
    def play() -> dict[str, Result]:
        folder = tmp_path_factory.mktemp("switch")
        return {result.title: result for result in scenario.play_all(GROUPS, folder, binaries)}

    return play
