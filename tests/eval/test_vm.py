"""The VM tests don't boot here, but their scripts must be valid Python."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

VM: Final = Path(__file__).parents[1] / "vm"
NAMES: Final = sorted(path.stem for path in VM.glob("*.nix") if path.stem != "fixtures")


@pytest.mark.parametrize("name", NAMES)
def test_script_is_python(name: str, evaluate: Callable[[str], Any]) -> None:
    script = evaluate(f"""
      let
        test = import {VM}/{name}.nix {{
          inherit lib;
          pkgs = import {VM}/../eval/pkgs.nix {{ inherit lib; }};
          self.nixosModules.default = null;
          options = {{ }};
          config.nodes.issuer.networking.primaryIPAddress = "192.168.1.1";
        }};
      in
      (test.config or test).testScript
    """)
    compile(script, f"{name}.py", "exec")
    assert "start_all()" in script
