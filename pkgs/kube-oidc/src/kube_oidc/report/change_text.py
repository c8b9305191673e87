"""A comparison as text."""

from __future__ import annotations

from collections.abc import Iterable

from kube_oidc.access.compare import Comparison
from kube_oidc.rbac import Problem
from kube_oidc.report import printable
from kube_oidc.report.change import Code, Line, sections, summary


def render_text(change: Comparison, problems: Iterable[Problem]) -> str:
    """The summary, then each section."""
    lines = [printable.line(f"from {change.before.file} to {change.after.file}"), summary(change)]
    for section in sections(change, problems):
        lines += ["", section.title.lower(), *(_line(one) for one in section.lines)]
    return "\n".join(lines) + "\n"


def _line(one: Line) -> str:
    text = "".join(part.text if isinstance(part, Code) else part for part in one.parts)
    return printable.line("  " * (one.depth + 1) + text)
