"""The package's own data: on disk read at once, out of the single file by importlib, which costs time to start."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def folder(name: str) -> Any:
    """A folder of the package, by its path below it: a Path, or what importlib has for one."""
    beside = Path(__file__).parent / name
    if beside.is_dir():
        return beside
    from importlib import resources  # noqa: PLC0415 - brings zipfile and tempfile with it

    return resources.files("kube_oidc") / name
