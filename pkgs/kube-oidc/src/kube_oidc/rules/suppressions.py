"""Waivers: `# kube-oidc: ignore ID reason`, on the line of what is found or on the line above it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from kube_oidc.diagnostics import Diagnostic, Location, Severity

_COMMENT: Final = re.compile(r"(?:^|\s)#\s*kube-oidc:\s*ignore\b[ \t]*(\S*)[ \t]*(.*)$")


@dataclass(frozen=True, slots=True)
class Suppression:
    """One comment: `id` and `reason` are as they stand there, empty where they do not."""

    id: str
    reason: str
    location: Location

    def covers(self, code: str, line: int) -> bool:
        """Does it speak of this finding at this line?"""
        return bool(self.reason) and self.id == code and line in (self.location.line, self.location.line + 1)


def suppressions(text: str) -> Iterator[Suppression]:
    """Every waiver in the text of a YAML file."""
    for number, line in enumerate(text.splitlines(), start=1):
        match = _COMMENT.search(line)
        if match is not None:
            yield Suppression(
                match[1], match[2].strip(), Location(number, line.index("#", match.start()) + 1)
            )


def apply_suppressions(found: list[Diagnostic], text: str, known: frozenset[str]) -> Iterator[Diagnostic]:
    """What is left of the findings, and what is wrong with the waivers themselves."""
    used: set[Suppression] = set()
    written = list(suppressions(text))
    for diagnostic in found:
        line = diagnostic.location.line if diagnostic.location else 0
        covering = [suppression for suppression in written if suppression.covers(diagnostic.code, line)]
        used.update(covering)
        if not covering:
            yield diagnostic
    for suppression in written:
        if suppression not in used:
            yield _problem(suppression, known)


def unused_option(code: str) -> Diagnostic:
    """`--ignore` of something that is not found."""
    message = f"--ignore {code} silences nothing: the finding is not there (any more)"
    return Diagnostic("unused-waiver", Severity.WARNING, message, remedy=f"remove --ignore {code}")


def unused_acknowledgement(code: str, option: str) -> Diagnostic:
    """A reason in the NixOS options for something that is not found."""
    message = f"the finding {code!r} is acknowledged and is not there (any more)"
    return Diagnostic("unused-waiver", Severity.WARNING, message, option=option, remedy=f"remove {option}")


def _problem(suppression: Suppression, known: frozenset[str]) -> Diagnostic:
    place = suppression.location
    if not suppression.reason:
        message = "a waiver needs the finding's id and a reason, for whoever reads it next"
        remedy = f"# kube-oidc: ignore {suppression.id or 'ID'} why it is right here"
        return Diagnostic("waiver-without-reason", Severity.ERROR, message, location=place, remedy=remedy)
    if suppression.id not in known:
        message = f"there is no finding {suppression.id!r}"
        remedy = "write one of: " + ", ".join(sorted(known))
        return Diagnostic("unused-waiver", Severity.WARNING, message, location=place, remedy=remedy)
    message = (
        f"this waiver of {suppression.id!r} silences nothing: the finding is not on this line or the next"
    )
    return Diagnostic(
        "unused-waiver", Severity.WARNING, message, location=place, remedy="remove the comment, or move it"
    )
