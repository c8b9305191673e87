"""A Go program of a small module, built once for each state of its sources and kept in ~/.cache/kube-oidc."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

TIMEOUT_SECONDS: Final = 1800


def build(name: str, module: Path, package: str = ".") -> Path:
    """The program's path; the test is skipped by name without Go. CalledProcessError where it does not build.

    `package` is a folder of the module, or the import path of a tool that its go.mod names.
    """
    if shutil.which("go") is None:
        pytest.skip(f"Go is not installed: {name} cannot be built")
    digest = hashlib.sha256()
    for file in (module / "go.mod", module / "go.sum", module / package / "main.go"):
        digest.update(file.read_bytes() if file.exists() else package.encode())
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kube-oidc" / name
    target = cache / digest.hexdigest()[:16]
    if not target.exists():
        cache.mkdir(parents=True, exist_ok=True)
        unfinished = target.with_suffix(f".{os.getpid()}")
        print(f"building {name} (once) ...", file=sys.stderr)
        command = ["go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", unfinished, package]
        environment = os.environ | {"CGO_ENABLED": "0"}
        subprocess.run(command, cwd=module, env=environment, timeout=TIMEOUT_SECONDS, check=True)
        unfinished.replace(target)
    return target
