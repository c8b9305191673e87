"""Finds the YAML and JSON files in a folder. An unreadable folder is reported, not treated as empty."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

SUFFIXES: Final = frozenset({".yaml", ".yml", ".json"})


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
