#!/usr/bin/env python3
"""Builds the single file `kube-oidc.pyz`: `python3 kube-oidc.pyz token …` needs Python 3.11 and nothing else.

    pkgs/kube-oidc/build_zipapp.py OUTPUT

It holds the whole package. Commands that need a library from outside say which one when it is not there.
The same sources give the same bytes: the times of the files in it are fixed.
"""

from __future__ import annotations

import os
import sys
import tempfile
import zipfile
from pathlib import Path

SOURCE = Path(__file__).resolve().parent / "src"
LEFT_OUT = frozenset({".pyc", ".pyi", ".yaml"})  # .yaml: the rules' examples, which tests read
START = b"""\
import sys

if sys.version_info < (3, 11):
    sys.stderr.write("kube-oidc: Python 3.11 or later is needed, this is " + sys.version.split()[0] + "\\n")
    sys.exit(2)

from kube_oidc.cli import main

sys.exit(main())
"""


def build(output: Path) -> None:
    """Writes the file, executable, in one piece: an older one is replaced when the new one is whole."""
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=output.parent, delete=False) as file:
        file.write(b"#!/usr/bin/env python3\n")
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            add(archive, "__main__.py", START)
            for path in sorted(SOURCE.rglob("*")):
                if path.is_file() and path.suffix not in LEFT_OUT and ".egg-info" not in str(path):
                    add(archive, path.relative_to(SOURCE).as_posix(), path.read_bytes())
    temporary = Path(file.name)
    temporary.chmod(0o755)
    temporary.replace(output)


def add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    """Adds one file with the oldest time that a zip file can hold."""
    archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(f"usage: {os.path.basename(sys.argv[0])} OUTPUT")  # noqa: PTH119
    build(Path(sys.argv[1]))
