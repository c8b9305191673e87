"""The requests that clients lost while something was done to their API server, as a table for the end of the run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import pytest

from e2e.harness.asking import Tally


@dataclass(frozen=True, slots=True)
class Loss:
    """What was done, how many changes were loaded and refused in how many seconds, and both clients' counts."""

    how: str
    loaded: int
    refused: int
    seconds: float
    token: Tally
    certificate: Tally


LOSSES: Final = pytest.StashKey[list[Loss]]()
ROW: Final = "{:<34}{:>8}{:>8}{:>9}{:>8}{:>15}{:>21}"
HEAD: Final = ("", "loaded", "refused", "seconds", "asked", "lost by token", "lost by certificate")


def table(losses: Iterable[Loss]) -> Iterator[str]:
    """The lines of the table: one for each kind of change, the same kinds added up."""
    yield ROW.format(*HEAD)
    kinds: dict[str, list[Loss]] = {}
    for loss in losses:
        kinds.setdefault(loss.how, []).append(loss)
    for how, same in kinds.items():
        yield ROW.format(
            how,
            sum(loss.loaded for loss in same),
            sum(loss.refused for loss in same),
            f"{max(loss.seconds for loss in same):.0f}",
            sum(loss.token.asked + loss.certificate.asked for loss in same),
            sum(loss.token.lost for loss in same),
            sum(loss.certificate.lost for loss in same),
        )
