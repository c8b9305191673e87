"""Runs programs and says what they cost."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import median
from typing import Final

ROUNDS: Final = 7


@dataclass(frozen=True, slots=True)
class Cost:
    """One run: seconds on the wall, seconds of processor time, peak memory in MiB, exit status."""

    wall: float
    processor: float
    peak: float
    status: int


def run(command: Sequence[str], standard_input: Path | None = None) -> Cost:
    """The cost of one process from its start to its end, its output thrown away."""
    started = time.perf_counter()
    with (standard_input or Path(os.devnull)).open("rb") as given:
        process = subprocess.Popen(
            command,
            stdin=given,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=_environment(_bytecode().name),
        )
        _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, process.returncode)


@cache
def _bytecode() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="kube-oidc-bytecode-")


def _environment(folder: str) -> dict[str, str]:
    """With compiled bytecode, as pip and Nix install it, also where this shell has it switched off."""
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**inherited, "PYTHONPYCACHEPREFIX": folder}


def side_by_side(ours: Callable[[], Cost], theirs: Callable[[], Cost]) -> tuple[Cost, Cost]:
    """The median of both sides, in turns, so that a busy moment of the machine falls on both."""
    ours(), theirs()  # the first run of each fills the file caches
    pairs = [(ours(), theirs()) for _ in range(ROUNDS)]
    return middle([pair[0] for pair in pairs]), middle([pair[1] for pair in pairs])


def middle(costs: Sequence[Cost]) -> Cost:
    """The median of each number."""
    return Cost(
        median(cost.wall for cost in costs),
        median(cost.processor for cost in costs),
        median(cost.peak for cost in costs),
        costs[0].status,
    )
