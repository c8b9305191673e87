"""The alerting rules, as promtool sees them: valid, and firing on what they should."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "arguments",
    [("check", "rules", "modules/alerts.yaml"), ("test", "rules", "tests/alerts/rules.test.yaml")],
    ids=["valid", "firing"],
)
def test_promtool_accepts_the_rules(arguments: tuple[str, ...]) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool not found: the alerting rules are not tested (Debian: apt install prometheus)")
    done = subprocess.run(
        [promtool, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
