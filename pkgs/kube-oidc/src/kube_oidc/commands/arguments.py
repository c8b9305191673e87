"""Types of arguments that several commands have."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from typing import Final

from kube_oidc.net.deadline import DEFAULT_SECONDS

_DAY: Final = 86_400
_LONGEST_WORD: Final = 100  # a longer one is close to none
_BOOLEANS: Final = frozenset(
    ["1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False"]
)


def seconds(text: str) -> float:
    """A span of time; argparse says what is wrong with another text."""
    found = _number(text)
    if not 0 < found <= _DAY:
        raise argparse.ArgumentTypeError(
            f"{text!r}: a number of seconds above 0, at most {_DAY}, is expected"
        )
    return found


def add_timeout(parser: argparse._ActionsContainer, of: str) -> None:
    """--timeout, which holds for all that is asked over the network."""
    parser.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=seconds,
        default=DEFAULT_SECONDS,
        help=f"{of}; default: %(default)g",
    )


def moment(text: str) -> float:
    """A Unix time in seconds."""
    found = _number(text)
    if not math.isfinite(found):
        raise argparse.ArgumentTypeError(f"{text!r}: a Unix time is expected, as `date +%s` prints it")
    return found


def boolean(text: str) -> str:
    """The text, if it is a boolean to the API server's flags (Go's strconv.ParseBool)."""
    if text not in _BOOLEANS:
        raise argparse.ArgumentTypeError(f"{text!r}: true or false is expected")
    return text


def meant(word: str, known: Sequence[str]) -> str:
    """The known word that this one is nearly, else all of them: the end of a sentence that says there is none."""
    near = nearest(word, known)
    return f": did you mean {near}?" if near else f": there are {', '.join(known)}" if known else ""


def nearest(word: str, known: Sequence[str]) -> str:
    """The known word that this one is nearly; empty where it is near to none."""
    import difflib

    return next(iter(difflib.get_close_matches(word[:_LONGEST_WORD], known, n=1)), "")


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
