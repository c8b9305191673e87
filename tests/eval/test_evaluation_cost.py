"""Evaluating the module stays cheap: the benchmark's limits hold."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]


def test_limits_of_the_evaluation_hold(nix: object) -> None:
    measured = subprocess.run(
        [sys.executable, "-m", "benchmarks.evaluation"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert measured.returncode == 0, measured.stdout + measured.stderr
