"""One module per command, with `add_arguments(parser)` and `run(arguments)`, which returns the exit code.

Heavy libraries are imported inside `run` to keep startup fast.
"""

import argparse
from typing import Final

EXIT_VALID: Final = 0
EXIT_FINDINGS: Final = 1
EXIT_CANNOT_RUN: Final = 2
EXIT_CHANGED: Final = 3  # a change in access that --fail-on doesn't allow
_FILES: Final = frozenset({"FILE", "PATH", "OLD"})


class CommandError(Exception):
    """A usage or I/O error (exit code 2); the message states the problem and the fix."""


def is_file(action: argparse.Action) -> bool:
    """Whether this argument takes a file or folder name."""
    return action.metavar in _FILES
