"""The module's flake checks, on machines of NixOS itself: skipped without nixpkgs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

HERE = Path(__file__).parent


def test_module_checks_pass_with_nixos(nix: Callable[..., CompletedProcess[str]]) -> None:
    if nix("nix-instantiate", "--find-file", "nixpkgs/nixos").returncode != 0:
        pytest.skip("<nixpkgs/nixos> not found: the module is only tested with stubs of NixOS")
    answer = nix(
        "nix-instantiate", "--eval", "--strict", "--json", str(HERE / "full.nix"),
        "--arg", "pkgs", "import <nixpkgs> { }",
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr
    failures = json.loads(answer.stdout)
    assert {"post", "k3s", "rke2", "refused", "cases"} <= failures.keys()
    assert {name: found for name, found in failures.items() if found} == {}
