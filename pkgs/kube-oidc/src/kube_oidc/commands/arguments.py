"""Argument types and options that several commands share."""

from __future__ import annotations

import argparse
import math
import re
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from kube_oidc.net.deadline import DEFAULT_SECONDS

if TYPE_CHECKING:
    from kube_oidc.verdict.versions import KubernetesVersion

MAX_TIMEOUT_SECONDS: Final = 86_400
_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)", re.ASCII)
_DURATION: Final = re.compile(rf"(?:{_PART.pattern})+", re.ASCII)
MAX_SUGGESTION_LENGTH: Final = 100  # comparing longer words is slow and never finds a match


def duration(text: str) -> float:
    """A duration as kubectl takes it, in seconds; a plain number is seconds. ArgumentTypeError if it isn't one."""
    found = _number(text)
    if math.isnan(found):
        parts = _PART.findall(text) if _DURATION.fullmatch(text) else []
        found = sum(float(number) * _UNITS[unit] for number, unit in parts)
    elif 0 < found <= MAX_TIMEOUT_SECONDS:
        _warn(f"{text} without a unit is deprecated: write {text}s")
    if not 0 < found <= MAX_TIMEOUT_SECONDS:
        raise argparse.ArgumentTypeError(f"{text!r}: expected a duration such as 10s or 2m, at most 24h")
    return found


class Renamed(argparse.Action):
    """An option's old name, accepted for one version with a warning; its `const` is the new one."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,  # noqa: ARG002 - argparse's signature
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        """Store the value and warn."""
        _warn(f"{option_string} is deprecated: use {self.const}")
        setattr(namespace, self.dest, values)


def add_renamed(
    parser: argparse._ActionsContainer, old: str, new: str, dest: str, of: Callable[[str], Any] = str
) -> None:
    """Accept an option's old name, which help and completions don't show; its dest is that of the new one."""
    hidden = argparse.SUPPRESS
    parser.add_argument(old, dest=dest, action=Renamed, const=new, type=of, default=hidden, help=hidden)


def _warn(text: str) -> None:
    print(f"kube-oidc: {text}", file=sys.stderr)  # noqa: T201


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
        metavar="DURATION",
        type=duration,
        default=DEFAULT_SECONDS,
        help=f"{of}; default: %(default)gs",
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
