"""A file with its diagnostics, as every reporter takes it."""

from __future__ import annotations

from dataclasses import dataclass

from kube_oidc.diagnostics import Diagnostic, Severity


@dataclass(frozen=True, slots=True)
class FileReport:
    """One file and what was said of it; `valid` is the API server's verdict as the checker knows it."""

    path: str
    diagnostics: tuple[Diagnostic, ...]

    @property
    def valid(self) -> bool:
        """No error among the diagnostics."""
        return self.count(Severity.ERROR) == 0

    def count(self, severity: Severity) -> int:
        """How many diagnostics of this severity there are."""
        return sum(diagnostic.severity is severity for diagnostic in self.diagnostics)


def counted(number: int, noun: str) -> str:
    """The number with its noun, in the plural where it is not one."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
