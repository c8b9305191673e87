"""The YAML and JSON files of a folder; what cannot be looked into is told, not taken for empty."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

SUFFIXES: Final = frozenset({".yaml", ".yml", ".json"})


def files_below(folder: Path, locked: Callable[[OSError], None]) -> Iterator[Path]:
    """In the order of their names; `locked` gets the error of each folder that cannot be read.

    Pipes and sockets are no files of it. What cannot be looked at is one: reading it says why.
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
