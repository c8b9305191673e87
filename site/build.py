#!/usr/bin/env python3
"""`build.py FOLDER`: builds the site into the folder, with every link checked. Exit status 1 if anything is wrong.

Needs mkdocs-material; the program's own modules come from this checkout.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
PATHS = (HERE, HERE.parent / "pkgs/kube-oidc/src")


def build(target: Path) -> int:
    """The exit status of the first step that fails: generate, render, check."""
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(map(str, PATHS)),
        "PYTHONDONTWRITEBYTECODE": "1",
        "NO_MKDOCS_2_WARNING": "1",
    }
    with tempfile.TemporaryDirectory() as source:
        render = [
            "-m",
            "mkdocs",
            "build",
            "--quiet",
            "--strict",
            "-f",
            f"{source}/mkdocs.yml",
            "-d",
            str(target),
        ]
        for step in (["-m", "generate", source], render, [str(HERE / "check_links.py"), str(target)]):
            done = subprocess.run([sys.executable, *step], env=environment, check=False)
            if done.returncode:
                return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(build(Path(sys.argv[1]).absolute()))
