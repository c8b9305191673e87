"""Diagnostics: what is wrong, where, and what to write instead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field as field_
from enum import StrEnum
from typing import Final, NamedTuple

UNKNOWN_VERSION: Final = "unknown-version"
"""The code of the warning that the requested Kubernetes version is newer than the newest known one."""


class Severity(StrEnum):
    """ERROR: the API server refuses the file. WARNING: valid but risky, or probably a mistake. INFO: good to know."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Location(NamedTuple):
    """A position in a file; lines and columns count from 1. A tuple, because a file has one per value."""

    line: int
    column: int


class Excerpt(NamedTuple):
    """The line of a configuration that a diagnostic is about, and the column in it, from 1."""

    text: str
    column: int


class Edit(NamedTuple):
    """A fix that is certain: on the diagnostic's line, from its column on, replace `old` with `new`."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem. `message` is the API server's text if it has one, `remedy` is ours.

    `field` is the API server's path of the field, `option` the NixOS option that set it.

    `excerpt` is its line, if that may be shown; `edit` is the remedy, if a program can apply it.

    `nixos_remedy` returns the remedy as NixOS options of the issuer whose option it is given.
    """

    code: str
    severity: Severity
    message: str
    field: str = ""
    location: Location | None = None
    remedy: str | None = None
    option: str | None = None
    nixos_remedy: Callable[[str], str] | None = field_(default=None, compare=False, repr=False)
    excerpt: Excerpt | None = field_(default=None, compare=False, repr=False)
    edit: Edit | None = field_(default=None, compare=False, repr=False)


class Kept(NamedTuple):
    """The diagnostics that are reported, and the number of findings that were suppressed."""

    diagnostics: tuple[Diagnostic, ...] = ()
    suppressed: int = 0


@dataclass(frozen=True, slots=True)
class FileReport:
    """A configuration and its diagnostics.

    `suppressed` counts the findings that a comment or an option suppressed. `inside` is the configuration's place in
    the file, empty if it is the file itself.
    """

    path: str
    diagnostics: tuple[Diagnostic, ...]
    suppressed: int = 0
    inside: str = ""

    @property
    def valid(self) -> bool:
        """True if no diagnostic is an error."""
        return self.count(Severity.ERROR) == 0

    def count(self, severity: Severity) -> int:
        """The number of diagnostics with this severity."""
        return sum(diagnostic.severity is severity for diagnostic in self.diagnostics)
