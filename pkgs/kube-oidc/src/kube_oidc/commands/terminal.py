"""What standard output is: a terminal with color and a width, or a file."""

from __future__ import annotations

import os
import sys


def use_color() -> bool:
    """FORCE_COLOR and NO_COLOR decide (force-color.org, no-color.org); otherwise color only on a terminal."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def width() -> int:
    """Columns of the terminal; 0 if there is none, as for a log or a pipe."""
    if not sys.stdout.isatty():
        return 0
    import shutil

    return shutil.get_terminal_size().columns
