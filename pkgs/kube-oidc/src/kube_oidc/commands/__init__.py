"""One file per command. Each has `add_arguments(parser)` and `run(arguments) -> int` (the exit status).

Heavy libraries are imported inside `run`: start-up time is what users feel.
"""

import argparse
from typing import Final

EXIT_VALID: Final = 0
EXIT_FINDINGS: Final = 1
EXIT_CANNOT_RUN: Final = 2
_FILES: Final = frozenset({"FILE", "PATH", "OLD"})


class CommandError(Exception):
    """The command itself could not run; the message says what is wrong and what to do. Exit status 2."""


def is_file(action: argparse.Action) -> bool:
    """Does this argument name a file or a folder?"""
    return action.metavar in _FILES
