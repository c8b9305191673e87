"""SARIF 2.1.0, which GitHub's code scanning and editors read.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import PurePath
from typing import Any, Final
from urllib.parse import quote

from kube_oidc import __version__
from kube_oidc.diagnostics import Diagnostic, FileReport, Severity
from kube_oidc.report import printable

_LEVELS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def render_sarif(reports: Iterable[FileReport]) -> str:
    """One run with a result per diagnostic and a rule per code."""
    reports = list(reports)
    codes = sorted({diagnostic.code for report in reports for diagnostic in report.diagnostics})
    driver = {
        "name": "kube-oidc",
        "version": __version__,
        "rules": [_rule(code) for code in codes],
    }
    results = [
        _result(report.path, diagnostic, codes) for report in reports for diagnostic in report.diagnostics
    ]
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": results,
        "properties": {"suppressedFindings": sum(report.suppressed for report in reports)},
    }
    document = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }
    return printable.json_text(document, indent=2) + "\n"


def _rule(code: str) -> dict[str, Any]:
    from kube_oidc.rules.pages import page_of  # noqa: PLC0415 - only this format shows the pages

    page = page_of(code)
    rule: dict[str, Any] = {"id": code, "shortDescription": {"text": page.title if page else code}}
    if page is not None:
        rule |= {
            "fullDescription": {"text": page.summary},
            "help": {"text": page.text, "markdown": page.markdown},
            "helpUri": page.source,
            "properties": {"precision": page.confidence, "tags": ["security"]},
        }
    return rule


def _result(path: str, diagnostic: Diagnostic, codes: list[str]) -> dict[str, Any]:
    said = f"{diagnostic.field}: {diagnostic.message}" if diagnostic.field else diagnostic.message
    parts = (said, diagnostic.option and f"option: {diagnostic.option}", diagnostic.remedy)
    place: dict[str, Any] = {"artifactLocation": {"uri": _uri(path)}}
    # GitHub shows no result without a line: what is said of the whole file stands at its first.
    line, column = 1, 1
    if diagnostic.location is not None:
        line, column = diagnostic.location.line, diagnostic.location.column
    place["region"] = {"startLine": line, "startColumn": column}
    fixes = _fixes(path, diagnostic)
    identity = os.fsencode(f"{diagnostic.code}\n{path}\n{diagnostic.field}")
    return {
        "ruleId": diagnostic.code,
        "ruleIndex": codes.index(diagnostic.code),
        "level": _LEVELS[diagnostic.severity],
        "message": {"text": "\n".join(part for part in parts if part)},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"kubeOidcField/v1": hashlib.sha256(identity).hexdigest()},
        **({"fixes": fixes} if fixes else {}),
    }


def _fixes(path: str, diagnostic: Diagnostic) -> list[dict[str, Any]]:
    """The certain edit (SARIF, section 3.55), if there is one."""
    edit, location, excerpt = diagnostic.edit, diagnostic.location, diagnostic.excerpt
    if edit is None or location is None or excerpt is None:
        return []
    offset = excerpt.text.find(edit.old, excerpt.column - 1) - (excerpt.column - 1)
    start = location.column + offset
    region = {"startLine": location.line, "startColumn": start, "endColumn": start + len(edit.old)}
    change = {
        "artifactLocation": {"uri": _uri(path)},
        "replacements": [{"deletedRegion": region, "insertedContent": {"text": edit.new}}],
    }
    return [{"description": {"text": diagnostic.remedy or "fix"}, "artifactChanges": [change]}]


def _uri(path: str) -> str:
    pure = PurePath(path)
    return pure.as_uri() if pure.is_absolute() else quote(os.fsencode(pure.as_posix()))
