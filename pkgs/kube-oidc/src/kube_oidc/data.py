"""The package's data files, from a folder or from the single file (a zip)."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def folder(name: str) -> Any:
    """A folder of the package, by its path in the package: a Path, or in the single file a Traversable."""
    path = Path(__file__).parent / name
    if path.is_dir():
        return path
    from importlib import resources  # noqa: PLC0415 - imports zipfile and tempfile, which slows the start

    return resources.files("kube_oidc") / name
