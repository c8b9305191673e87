"""The recorded hash of cel-expr-python's wheel for this machine is the one that pip finds genuine."""

from __future__ import annotations

import base64
import json
import platform
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

PACKAGE: Final = Path(__file__).parents[2] / "pkgs/cel-expr-python"
VERSION: Final = "0.1.3"


def test_hash_of_this_machines_wheel(tmp_path: Path) -> None:
    wheels = json.loads((PACKAGE / "wheels.json").read_text())
    system = f"{platform.machine().replace('arm64', 'aarch64')}-{sys.platform}"
    wheel = wheels.get(f"cp{sys.version_info.major}{sys.version_info.minor}", {}).get(system)
    if wheel is None:
        pytest.skip(f"no wheel is recorded for {platform.python_version()} on {system}")
    digest = base64.b64decode(wheel["hash"].removeprefix("sha256-")).hex()
    requirement = tmp_path / "requirements.txt"
    requirement.write_text(f"cel-expr-python=={VERSION} --hash=sha256:{digest}\n")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:",
               "--require-hashes", "--dest", str(tmp_path), "--requirement", str(requirement)]  # fmt: skip
    answer = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if "No matching distribution" in answer.stderr:
        pytest.skip("pip reaches no package index: the wheel's hash is not compared")
    assert answer.returncode == 0, answer.stderr
    assert list(tmp_path.glob("*.whl"))
