"""One thing to tell the user: what is wrong, where, and what to write instead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field as field_
from enum import StrEnum
from typing import Final, NamedTuple

UNKNOWN_VERSION: Final = "unknown-version"
"""The code of the warning that the Kubernetes asked about is newer than the newest known one."""


class Severity(StrEnum):
    """How much it matters: errors are refused by the API server, warnings are legal and risky."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Location(NamedTuple):
    """A place in a file; line and column count from 1. A tuple, as a file has one for every value."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """`message` is in the API server's words, `remedy` in ours; `field` is its path, `option` the NixOS option.

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


@dataclass(frozen=True, slots=True)
class FileReport:
    """A file and its diagnostics."""

    path: str
    diagnostics: tuple[Diagnostic, ...]

    @property
    def valid(self) -> bool:
        """True if no diagnostic is an error."""
        return self.count(Severity.ERROR) == 0

    def count(self, severity: Severity) -> int:
        """The number of diagnostics with this severity."""
        return sum(diagnostic.severity is severity for diagnostic in self.diagnostics)
