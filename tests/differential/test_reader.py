"""No file causes a traceback, takes more than 256 MiB or takes longer than 5 seconds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
MODULES = (TESTS, TESTS.parent / "pkgs" / "kube-oidc" / "tests")
MAX_MIB = 256
MAX_SECONDS = 5


def test_broken_files_end_in_a_verdict_soon() -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, MODULES))}
    command = [sys.executable, "-m", "differential.oracle.endure", "7", "3000"]
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True, timeout=300)
    last = done.stderr.strip().splitlines()
    assert done.returncode == 0, "\n".join(last[-30:])
    cost = json.loads(done.stdout)
    assert cost["files"] > 3000
    assert cost["peak"] < MAX_MIB, cost
    assert cost["slowest"] < MAX_SECONDS, cost
