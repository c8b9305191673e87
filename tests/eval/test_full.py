"""The same cases with NixOS itself, where nixpkgs is there."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

HERE = Path(__file__).parent


def test_the_cases_hold_with_nixos_itself(nix: Callable[..., CompletedProcess[str]]) -> None:
    if nix("nix-instantiate", "--find-file", "nixpkgs/nixos").returncode != 0:
        pytest.skip(
            "NixOS itself is not on this machine (<nixpkgs/nixos>): the module is evaluated with stubs alone"
        )
    answer = nix("nix-instantiate", "--eval", "--strict", "--json", str(HERE / "full.nix"))
    assert answer.returncode == 0, answer.stderr
    assert {name: failures for name, failures in json.loads(answer.stdout).items() if failures} == {}
