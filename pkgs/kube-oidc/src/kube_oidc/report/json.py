"""`check` as versioned JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kube_oidc.diagnostics import Diagnostic, FileReport
from kube_oidc.report import printable


def render_json(reports: Iterable[FileReport]) -> str:
    """`{"version": 1, "files": [{"path", "inside", "valid", "suppressed", "diagnostics": […]}]}`.

    `suppressed` is a count; `inside` is the place of the configuration in a wrapper.
    """
    files = [
        {
            "path": report.path,
            "inside": report.inside or None,
            "valid": report.valid,
            "suppressed": report.suppressed,
            "diagnostics": [_diagnostic(diagnostic) for diagnostic in report.diagnostics],
        }
        for report in reports
    ]
    return printable.json_text({"version": 1, "files": files}, indent=2) + "\n"


def _diagnostic(diagnostic: Diagnostic) -> dict[str, Any]:
    location = diagnostic.location
    return {
        "code": diagnostic.code,
        "severity": str(diagnostic.severity),
        "field": diagnostic.field,
        "line": location.line if location else None,
        "column": location.column if location else None,
        "message": diagnostic.message,
        "remedy": diagnostic.remedy,
        "option": diagnostic.option,
    }
