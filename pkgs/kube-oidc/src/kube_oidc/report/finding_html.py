"""Findings and the pages that explain them, as values of findings.html and explanation.html."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from kube_oidc.diagnostics import Diagnostic
from kube_oidc.rbac import Problem
from kube_oidc.report.template import Values
from kube_oidc.rules.pages import page_of


def findings(found: Iterable[Diagnostic]) -> Values:
    """The values of findings.html."""
    return _listed([_finding(one) for one in found])


def problems(found: Iterable[Problem]) -> Values:
    """The same for unreadable or invalid RBAC objects."""
    return _listed(
        [_values("", "error" if one.refused else "warning", str(one), "", one.remedy) for one in found]
    )


def _listed(values: list[Values]) -> Values:
    return {"findings": values, "hasFindings": bool(values)}


def _finding(found: Diagnostic) -> Values:
    line = f"line {found.location.line}" if found.location else ""
    place = ", ".join(part for part in (found.field, line) if part)
    return _values(found.code, str(found.severity), found.message, place, found.remedy or "")


def _values(code: str, severity: str, message: str, place: str, remedy: str) -> Values:
    return {
        "code": code,
        "explained": bool(code) and page_of(code) is not None,
        "severity": severity,
        "message": message,
        "place": place,
        "remedy": remedy.split("\n"),
        "hasRemedy": bool(remedy),
    }


def explanations(codes: Iterable[str]) -> Iterator[Values]:
    """The pages of these findings, by id; codes without a page are left out."""
    for code in sorted(set(codes)):
        if page := page_of(code):
            yield {
                "code": code,
                "about": f"{page.title}. Severity {page.severity}, confidence {page.confidence}.",
                "blocks": [_block(text) for text in _paragraphs(page.body)],
                "source": page.source,
            }


def _paragraphs(markdown: str) -> Iterator[str]:
    """Code with its fences, and what empty lines separate."""
    for position, part in enumerate(
        re.split(r"^```\w*\n(.*?)^```$", markdown, flags=re.DOTALL | re.MULTILINE)
    ):
        if position % 2:
            yield f"```\n{part}"
        else:
            yield from (text for text in part.strip().split("\n\n") if text.strip())


def _block(text: str) -> Values:
    empty: Values = {"isText": False, "isCode": False, "isTable": False}
    if text.startswith("```\n"):
        return {**empty, "isCode": True, "lines": text.removeprefix("```\n").rstrip("\n").split("\n")}
    if text.startswith("|"):
        columns, _, *rows = [_cells(line) for line in text.split("\n")]
        cells = [{"row": [{"parts": _parts(cell)} for cell in row]} for row in rows]
        return {**empty, "isTable": True, "columns": columns, "cells": cells}
    return {**empty, "isText": True, "parts": _parts(text)}


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _parts(text: str) -> list[Values]:
    """Text and inline code, in turn. A paragraph's line breaks are spaces."""
    parts = text.replace("\n", " ").split("`")
    return [{"text": part, "isCode": bool(position % 2)} for position, part in enumerate(parts) if part]
