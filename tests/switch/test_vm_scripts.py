"""The test scripts of tests/vm, as Nix evaluates them (data/vm.json), on nodes without a virtual machine."""

from __future__ import annotations

from pathlib import Path

import pytest
from e2e.harness.binaries import Binaries

from switch import driver
from switch.machine import CannotBootError

SUBTESTS = {
    "kubernetes": 6,
    "k3s": 2,
}  # k3s' script runs with its flags and its kubeconfig, not with k3s itself


@pytest.mark.parametrize("name", SUBTESTS)
def test_script(systemd: None, binaries: Binaries, tmp_path: Path, name: str) -> None:
    try:
        played = driver.play(name, tmp_path / name, binaries)
    except CannotBootError as error:
        pytest.skip(f"a separate systemd can't run on this computer: {error}")
    assert len(played) == SUBTESTS[name]
