"""A comparison as one HTML page, with the sections of the other formats."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from kube_oidc.access.compare import Comparison
from kube_oidc.rbac import Problem
from kube_oidc.report.change import Code, FindingId, Line, Part, Section, sections, summary, verdict
from kube_oidc.report.document import Origin, head
from kube_oidc.report.finding_html import explanations
from kube_oidc.report.template import Values, render
from kube_oidc.rules.pages import page_of


def render_html(change: Comparison, problems: Iterable[Problem], origin: Origin) -> str:
    """Whether anyone new gets in, the summary, each section, then what its findings mean."""
    codes = {found.code for _, found in (*change.new_findings, *change.gone_findings)}
    explained = list(explanations(codes))
    values = {
        **head(f"Changes in access: {change.after.file}", [], origin),
        "before": change.before.file,
        "after": change.after.file,
        "verdict": verdict(change),
        "summary": summary(change),
        "sections": [_section(one) for one in sections(change, problems)],
        "explanations": explained,
        "hasExplanations": bool(explained),
    }
    return render("change.html", values)


def _section(section: Section) -> Values:
    return {"heading": section.title, "items": _items(section.lines)}


def _items(lines: Sequence[Line], depth: int = 0) -> list[Values]:
    """The lines as nested lists: a deeper line belongs to the line above it."""
    starts = [position for position, line in enumerate(lines) if line.depth <= depth]
    return [
        _item(lines[start], _items(lines[start + 1 : end], depth + 1))
        for start, end in pairwise([*starts, len(lines)])
    ]


def _item(line: Line, items: list[Values]) -> Values:
    return {"parts": [_part(part) for part in line.parts], "items": items, "hasItems": bool(items)}


def _part(part: Part) -> Values:
    text = part.text if isinstance(part, Code) else part
    explained = isinstance(part, FindingId) and page_of(text) is not None
    return {"text": text, "isFinding": explained, "isCode": isinstance(part, Code) and not explained}
