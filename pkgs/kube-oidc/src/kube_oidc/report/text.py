"""`check` as text: one line per diagnostic, place first, and the remedy below."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kube_oidc.diagnostics import Diagnostic, FileReport, Severity
from kube_oidc.report import printable
from kube_oidc.report.words import pluralize

_COLORS = {Severity.ERROR: "\033[31m", Severity.WARNING: "\033[33m", Severity.INFO: "\033[36m"}
_RESET = "\033[0m"


def render_text(reports: Iterable[FileReport], *, color: bool) -> str:
    """Every diagnostic, then a line with totals."""
    reports = list(reports)
    lines: list[str] = []
    for report in reports:
        for diagnostic in report.diagnostics:
            lines += _lines(report.path, diagnostic, color=color)
        if not report.diagnostics:
            inside = f" ({report.inside})" if report.inside else ""
            lines.append(printable.line(f"{report.path}: valid{inside}"))
    lines.append(_totals(reports))
    return "\n".join(lines) + "\n"


def _lines(path: str, diagnostic: Diagnostic, *, color: bool) -> Iterator[str]:
    place = printable.line(path)
    if diagnostic.location is not None:
        place += f":{diagnostic.location.line}:{diagnostic.location.column}"
    severity = str(diagnostic.severity)
    if color:
        severity = f"{_COLORS[diagnostic.severity]}{severity}{_RESET}"
    field = f"{printable.line(diagnostic.field)}: " if diagnostic.field else ""
    first, *rest = f"{field}{printable.lines(diagnostic.message)}".split("\n")
    yield f"{place}: {severity}: {first} [{diagnostic.code}]"
    yield from (f"    {line}" for line in rest)
    if diagnostic.option:
        yield f"  option: {printable.line(diagnostic.option)}"
    if diagnostic.remedy:
        yield f"  remedy: {printable.lines(diagnostic.remedy)}"


def _totals(reports: list[FileReport]) -> str:
    errors = sum(report.count(Severity.ERROR) for report in reports)
    warnings = sum(report.count(Severity.WARNING) for report in reports)
    valid = sum(report.valid for report in reports)
    suppressed = sum(report.suppressed for report in reports)
    counts = [pluralize(errors, "error"), pluralize(warnings, "warning")]
    counts += [f"{pluralize(suppressed, 'finding')} suppressed"] if suppressed else []
    return f"{pluralize(len(reports), 'file')} checked: {valid} valid, {', '.join(counts)}"
