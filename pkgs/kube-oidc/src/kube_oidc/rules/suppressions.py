"""Suppression comments: `# kube-oidc: ignore ID reason`, on the line of the finding or on the line above.

Only YAML comments count: the same text inside a string, such as a block scalar, has no effect.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from kube_oidc.diagnostics import Diagnostic, Kept, Location, Severity
from kube_oidc.verdict.document.comments import comments

_COMMENT: Final = re.compile(r"#\s*kube-oidc:\s*ignore\b[ \t]*(\S*)[ \t]*(.*)$")


@dataclass(frozen=True, slots=True)
class Suppression:
    """One comment; `id` and `reason` are empty if they are missing."""

    id: str
    reason: str
    location: Location

    def covers(self, code: str, line: int) -> bool:
        """Does it suppress this finding on this line?"""
        return bool(self.reason) and self.id == code and line in (self.location.line, self.location.line + 1)


def suppressions(data: bytes) -> Iterator[Suppression]:
    """Yields every suppression comment in a YAML file."""
    for comment in comments(data):
        match = _COMMENT.match(comment.text)
        if match is not None:
            yield Suppression(match[1], match[2].strip(), comment.location)


def apply_suppressions(found: list[Diagnostic], data: bytes, known: frozenset[str]) -> Kept:
    """Returns the findings that are not suppressed, and the problems of the suppressions themselves."""
    used: set[Suppression] = set()
    written = list(suppressions(data))
    kept = []
    for diagnostic in found:
        line = diagnostic.location.line if diagnostic.location else 0
        covering = [suppression for suppression in written if suppression.covers(diagnostic.code, line)]
        used.update(covering)
        if not covering:
            kept.append(diagnostic)
    problems = [_problem(suppression, known) for suppression in written if suppression not in used]
    return Kept((*kept, *problems), len(found) - len(kept))


def unused_option(code: str) -> Diagnostic:
    """Returns the warning about an `--ignore` without effect."""
    message = f"--ignore {code} has no effect: finding not reported"
    return Diagnostic("unused-waiver", Severity.WARNING, message, remedy=f"remove --ignore {code}")


def unused_acknowledgement(code: str, option: str) -> Diagnostic:
    """Returns the warning about an `acknowledgedFindings` entry without effect."""
    message = f"acknowledging {code!r} has no effect: finding not reported"
    return Diagnostic("unused-waiver", Severity.WARNING, message, option=option, remedy=f"remove {option}")


def _problem(suppression: Suppression, known: frozenset[str]) -> Diagnostic:
    place = suppression.location
    if not suppression.reason:
        message = "a suppression needs the finding's ID and a reason"
        remedy = f"# kube-oidc: ignore {suppression.id or 'ID'} why this is acceptable"
        return Diagnostic("waiver-without-reason", Severity.ERROR, message, location=place, remedy=remedy)
    if suppression.id not in known:
        message = f"unknown finding {suppression.id!r}"
        remedy = "use one of: " + ", ".join(sorted(known))
        return Diagnostic("unused-waiver", Severity.WARNING, message, location=place, remedy=remedy)
    message = f"suppressing {suppression.id!r} has no effect: finding not reported on this line or the next"
    return Diagnostic(
        "unused-waiver", Severity.WARNING, message, location=place, remedy="remove or move the comment"
    )
