"""`kube-oidc status` as the tests call it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

TIMEOUT_SECONDS = 400


def status(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command's end."""
    return subprocess.run(
        _command(arguments),
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )


def begun(*arguments: str | Path) -> subprocess.Popen[str]:
    """The command under way."""
    return subprocess.Popen(_command(arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def report(*arguments: str | Path, **environment: str) -> dict[str, Any]:
    """Its JSON, which says the same as its exit status."""
    said = status(*arguments, "--format=json", **environment)
    assert said.returncode in (0, 1), said.stderr
    found: dict[str, Any] = json.loads(said.stdout)
    assert found["ok"] == (said.returncode == 0)
    return found


def _command(arguments: Iterable[str | Path]) -> list[str]:
    return [sys.executable, "-m", "kube_oidc", "status", *map(str, arguments)]
