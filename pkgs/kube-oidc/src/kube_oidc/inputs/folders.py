"""Finds the files in a folder that can contain a configuration. An unreadable folder is reported."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

# Pages (.md) are read only if they are named: their examples are often incomplete on purpose.
SUFFIXES: Final = frozenset(
    {
        ".yaml",
        ".yml",
        ".json",
        ".tf",
        ".tfvars",
        ".tofu",
        ".hcl",
        ".nix",
        ".tpl",
        ".tftpl",
        ".j2",
        ".bu",
        ".ign",
    }
)


def files_below(folder: Path, locked: Callable[[OSError], None]) -> Iterator[Path]:
    """Yields the files, sorted by name; calls `locked` with the error of each folder that can't be read.

    Skips pipes, sockets and devices. Yields files that can't be examined, so that reading them reports why.
    """
    for parent, folders, names in os.walk(folder, onerror=locked):
        folders.sort()
        for name in sorted(names):
            path = Path(parent, name)
            if path.suffix in SUFFIXES and not _is_special(path):
                yield path


def _is_special(path: Path) -> bool:
    try:
        return not stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return False
