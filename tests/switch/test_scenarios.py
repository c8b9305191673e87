"""Every scenario of scenarios/, under systemd. `make switch` prints them as a table."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from switch.scenario import Result
from switch.scenarios import GROUPS

TITLES = [scenario.title for group in GROUPS for scenario in group.scenarios]


@pytest.mark.parametrize("title", TITLES)
def test_scenario(played: Callable[[], dict[str, Result]], title: str) -> None:
    result = played()[title]
    if result.skipped:
        pytest.skip(f"a separate systemd can't run on this computer: {result.skipped}")
    assert not result.failure, result.failure


def test_no_scenario_hides_another() -> None:
    assert len(set(TITLES)) == len(TITLES)
