"""For users of the NixOS module: the option first. A report for activation, and the log of a build."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from kube_oidc.diagnostics import Diagnostic, FileReport, Severity
from kube_oidc.report import printable
from kube_oidc.report.words import pluralize

_HEAD = "kube-oidc: what is accepted and deserves a look (services.kube-oidc):"
# Nix before 2.20 shows the last 10 lines of a failed build. Below the reasons, the module and this file print 3 lines.
MAX_REASON_LINES: Final = 7
MAX_WARNING_LINES: Final = 8


def render_nixos(reports: Iterable[FileReport]) -> str:
    """One paragraph for each warning; empty without warnings."""
    warned = _with_severity(reports, Severity.WARNING)
    if not warned:
        return ""
    lines = [_HEAD, *(line for diagnostic in warned for line in _paragraph(diagnostic))]
    return "\n".join(map(printable.line, lines)) + "\n"


def render_build_log(reports: Iterable[FileReport], *, strict: bool) -> str:
    """At most 16 lines: warnings, then what fails the build, then the totals; `strict`: warnings fail it too."""
    reports = list(reports)
    errors = _with_severity(reports, Severity.ERROR)
    warnings = _with_severity(reports, Severity.WARNING)
    reasons, others = ([*errors, *warnings], []) if strict else (errors, warnings)
    counts = f"{pluralize(len(errors), 'error')}, {pluralize(len(warnings), 'warning')}"
    if suppressed := sum(report.suppressed for report in reports):
        counts += f", {pluralize(suppressed, 'finding')} suppressed"
    lines = [
        *_fit([_lines(found)[:1] for found in others], MAX_WARNING_LINES, "warning"),
        *_fit([_lines(found) for found in reasons], MAX_REASON_LINES, "finding" if strict else "error"),
        f"kube-oidc: auth.yaml has {counts}",
    ]
    return "\n".join(map(printable.line, lines)) + "\n"


def _with_severity(reports: Iterable[FileReport], severity: Severity) -> list[Diagnostic]:
    return [found for report in reports for found in report.diagnostics if found.severity is severity]


def _fit(entries: list[list[str]], most: int, noun: str) -> list[str]:
    """The first line of as many entries as fit, then the details of the first ones, and how many are left out."""
    left_out = len(entries) - (most - 1) if len(entries) > most else 0
    shown = entries[: len(entries) - left_out]
    room = most - len(shown) - bool(left_out)
    lines = []
    for first, *details in shown:
        lines += [first, *details[:room]]
        room -= len(details[:room])
    return [*lines, f"  and {pluralize(left_out, f'more {noun}')}"] if left_out else lines


def _paragraph(diagnostic: Diagnostic) -> Iterator[str]:
    from kube_oidc.rules.engine.registry import known_ids  # noqa: PLC0415 - only if there is a warning

    first, *rest = _text(diagnostic)
    yield f"warning: {first}"
    yield from (f"    {line}" for line in rest)
    if diagnostic.remedy:
        yield from (f"  {line}" for line in diagnostic.remedy.split("\n"))
    if diagnostic.code in known_ids():
        yield f'  or agree: services.kube-oidc.acknowledgedFindings."{diagnostic.code}" = "why it is right here";'


def _lines(diagnostic: Diagnostic) -> list[str]:
    first, *rest = _text(diagnostic)
    remedy = [f"  fix: {diagnostic.remedy.splitlines()[0]}"] if diagnostic.remedy else []
    return [f"{diagnostic.severity}: {first}", *(f"    {line}" for line in rest), *remedy]


def _text(diagnostic: Diagnostic) -> list[str]:
    """Option, message and code, one or more lines."""
    place = diagnostic.option or diagnostic.field
    said = f"{place}: {diagnostic.message}" if place else diagnostic.message
    return f"{said} [{diagnostic.code}]".split("\n")
