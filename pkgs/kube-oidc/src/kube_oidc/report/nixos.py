"""The warnings in the words of NixOS, for whoever runs nixos-rebuild: the option first, and how to agree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kube_oidc.diagnostics import Diagnostic, FileReport, Severity
from kube_oidc.report import printable

_HEAD = "kube-oidc: what is accepted and deserves a look (services.kube-oidc):"


def render_nixos(reports: Iterable[FileReport]) -> str:
    """One paragraph for each warning; nothing at all where there is none, so that a quiet file stays quiet."""
    warned = [
        diagnostic
        for report in reports
        for diagnostic in report.diagnostics
        if diagnostic.severity is Severity.WARNING
    ]
    if not warned:
        return ""
    lines = [_HEAD, *(line for diagnostic in warned for line in _lines(diagnostic))]
    return "\n".join(map(printable.line, lines)) + "\n"


def _lines(diagnostic: Diagnostic) -> Iterator[str]:
    from kube_oidc.rules.engine.registry import known_ids  # noqa: PLC0415 - only if there is a warning

    place = diagnostic.option or diagnostic.field
    said = f"{place}: {diagnostic.message}" if place else diagnostic.message
    first, *rest = f"{said} [{diagnostic.code}]".split("\n")
    yield f"warning: {first}"
    yield from (f"    {line}" for line in rest)
    if diagnostic.remedy:
        yield from (f"  {line}" for line in diagnostic.remedy.split("\n"))
    if diagnostic.code in known_ids():
        yield f'  or agree: services.kube-oidc.acknowledgedFindings."{diagnostic.code}" = "why it is right here";'
