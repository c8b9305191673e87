"""The program in a process of its own, for tests of what only a process shows."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any


def command(*words: object) -> list[str]:
    """The command line that starts this checkout's program with these arguments."""
    return [sys.executable, "-m", "kube_oidc", *map(str, words)]


def environment(**variables: str) -> dict[str, str]:
    """These variables, and where Python finds the program: a builder has it on PYTHONPATH only."""
    return {**variables, "PYTHONPATH": os.pathsep.join(filter(os.path.isdir, sys.path))}


def run_cli(
    *words: object, env: Mapping[str, str] | None = None, check: bool = False, **options: Any
) -> subprocess.CompletedProcess[str]:
    """Runs the program to its end; `env` replaces this process's variables, `options` are those of subprocess.run."""
    output = {} if "stdout" in options else {"capture_output": True}
    variables = environment(**(os.environ if env is None else env))
    settings = {"text": True, "timeout": 120, **output, **options}
    return subprocess.run(command(*words), env=variables, check=check, **settings)
