"""What a user's `nix flake check` prints for an invalid configuration."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Final

ROOT: Final = Path(__file__).parents[2]


def test_failed_check_names_machine_and_option(nix: Callable[..., CompletedProcess[str]]) -> None:
    answer = nix(
        "nix-instantiate", "--eval", "--expr",
        f"""
          let
            lib = import <nixpkgs/lib>;
            evaluate = import {ROOT}/tests/eval/evaluate.nix {{ inherit lib; }};
            self.nixosConfigurations.web = {{
              pkgs = import {ROOT}/tests/eval/pkgs.nix {{ inherit lib; }};
              config = evaluate.machine [ evaluate.master (evaluate.oidc {{ issuers.x = {{ }}; }}) ];
            }};
          in
          (import {ROOT}/modules/checks.nix {{ inherit lib; }} {{ inherit self; }}).x86_64-linux.kube-oidc-web
        """,
    )  # fmt: skip
    assert answer.returncode != 0
    assert "nixosConfigurations.web:" in answer.stderr
    assert "services.kube-oidc.issuers.x.url" in answer.stderr
