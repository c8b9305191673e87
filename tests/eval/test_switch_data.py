"""The evaluated units that tests/switch runs are those of today's module, where NixOS itself is available."""

from __future__ import annotations

from collections.abc import Callable
from subprocess import CompletedProcess

import pytest
from switch import evaluate


def test_the_data_is_what_the_module_evaluates_to(nix: Callable[..., CompletedProcess[str]]) -> None:
    if nix("nix-instantiate", "--find-file", "nixpkgs/nixos").returncode != 0:
        pytest.skip("NixOS itself is not on this machine (<nixpkgs/nixos>): the units are not evaluated")
    found = evaluate.texts()
    assert sorted(found) == sorted(path.name for path in evaluate.DATA.iterdir())
    for name, text in found.items():
        same = (evaluate.DATA / name).read_text() == text
        assert same, (
            f"tests/switch/data/{name} is stale: PYTHONPATH=tests python -m switch.evaluate writes it"
        )
