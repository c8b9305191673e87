"""`kube-oidc status` as the tests call it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any


def status(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command's end."""
    command = [sys.executable, "-m", "kube_oidc", "status", *map(str, arguments)]
    return subprocess.run(
        command, env=os.environ | environment, capture_output=True, text=True, timeout=150, check=False
    )


def report(*arguments: str | Path, **environment: str) -> dict[str, Any]:
    """Its JSON, which says the same as its exit status."""
    said = status(*arguments, "--format=json", **environment)
    assert said.returncode in (0, 1), said.stderr
    found: dict[str, Any] = json.loads(said.stdout)
    assert found["ok"] == (said.returncode == 0)
    return found
