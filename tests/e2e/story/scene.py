"""A scene, and what of it went otherwise than it says."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from e2e.harness.runner import Result
from e2e.harness.world import World


@dataclass(frozen=True, slots=True)
class Scene:
    """`act` does something real; `says` is a pattern in its output, `log` one in the API server's log."""

    title: str
    act: Callable[[World], Result]
    says: str
    succeeds: bool = True
    log: str = ""

    def fault(self, result: Result, log: str) -> str | None:
        """What went otherwise than the story has it; None if nothing did."""
        if (result.status == 0) != self.succeeds:
            return f"exit status {result.status}"
        if not re.search(self.says, result.output):
            return f"the output does not have {self.says!r}"
        if not re.search(self.log, log):
            return f"the API server's log does not have {self.log!r}"
        return None


@dataclass(frozen=True, slots=True)
class Played:
    """A scene as it went; `log` is what the API server wrote into its log meanwhile."""

    scene: Scene
    result: Result
    log: str

    @property
    def fault(self) -> str | None:
        """What went otherwise than the story has it."""
        return self.scene.fault(self.result, self.log)


@dataclass(frozen=True, slots=True)
class Chapter:
    """Scenes that belong together."""

    title: str
    scenes: tuple[Scene, ...]


def play(scene: Scene, world: World) -> Played:
    """Plays one scene."""
    log = world.cluster.api_server.program.log
    before = log.stat().st_size
    result = scene.act(world)
    return Played(scene, result, log.read_bytes()[before:].decode(errors="replace"))
