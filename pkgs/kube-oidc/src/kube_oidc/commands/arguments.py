"""Argument types and options that several commands share."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from kube_oidc.net.deadline import DEFAULT_SECONDS

if TYPE_CHECKING:
    from kube_oidc.verdict.versions import KubernetesVersion

MAX_TIMEOUT_SECONDS: Final = 86_400
MAX_SUGGESTION_LENGTH: Final = 100  # comparing longer words is slow and never finds a match


def seconds(text: str) -> float:
    """A duration in seconds; ArgumentTypeError if it isn't one."""
    found = _number(text)
    if not 0 < found <= MAX_TIMEOUT_SECONDS:
        raise argparse.ArgumentTypeError(
            f"{text!r}: expected a number of seconds greater than 0 and at most {MAX_TIMEOUT_SECONDS}"
        )
    return found


def version(text: str) -> KubernetesVersion:
    """A minor version of Kubernetes; argparse says what was expected."""
    from kube_oidc.verdict.versions import requested

    try:
        return requested(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def add_timeout(parser: argparse._ActionsContainer, of: str) -> None:
    """Add --timeout, the limit for all network requests of a command."""
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
        raise argparse.ArgumentTypeError(f"{text!r}: expected a Unix time, as printed by `date +%s`")
    return found


def boolean(text: str) -> str:
    """The text, if Go's strconv.ParseBool accepts it, as for the API server's flags."""
    from kube_oidc.verdict.golang.booleans import parse_bool

    if parse_bool(text) is None:
        raise argparse.ArgumentTypeError(f"{text!r}: expected true or false")
    return text


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """The end of an error message about an unknown word: the closest known word, or else all of them."""
    near = closest_word(word, known)
    return f": did you mean {near}?" if near else f" (choose from {', '.join(known)})" if known else ""


def closest_word(word: str, known: Sequence[str]) -> str:
    """The known word closest to this one; empty if none is close."""
    import difflib

    return next(iter(difflib.get_close_matches(word[:MAX_SUGGESTION_LENGTH], known, n=1)), "")


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
