"""The ways in which a file takes the place of another one on a NixOS machine, each in one step."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path


def renamed(file: Path, data: bytes) -> None:
    """A copy, renamed over the file: what `environment.etc.<name>.mode` makes of it."""
    new = file.with_name(f"{file.name}.tmp")
    new.write_bytes(data)
    new.chmod(0o444)
    new.replace(file)


def linked(file: Path, data: bytes) -> None:
    """A link through a link, `FILE` → `static/FILE` → the store, and the one in the middle is switched.

    So NixOS switches all of /etc, for files without a mode: /etc/static is renamed over the one before.
    """
    root = file.with_name(f"{file.name}-etc")
    stored = root / "store" / f"{hashlib.sha256(data).hexdigest()[:32]}-{file.name}"
    stored.parent.mkdir(parents=True, exist_ok=True)
    stored.write_bytes(data)
    generation = root / f"generation-{time.monotonic_ns()}"
    generation.mkdir()
    (generation / file.name).symlink_to(stored)
    switched = root / "static.tmp"
    switched.symlink_to(generation)
    switched.replace(root / "static")
    if not file.is_symlink():
        file.symlink_to(root / "static" / file.name)
