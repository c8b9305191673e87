"""Types of arguments that several commands have."""

from __future__ import annotations

import argparse
from typing import Final

_DAY: Final = 86_400


def seconds(text: str) -> float:
    """A span of time; argparse says what is wrong with another text."""
    found = float(text)
    if not 0 < found <= _DAY:
        raise argparse.ArgumentTypeError(f"a number of seconds above 0, at most {_DAY}")
    return found
