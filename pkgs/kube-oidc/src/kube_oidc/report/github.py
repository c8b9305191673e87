"""Annotations on the lines of a pull request, as GitHub's and Forgejo's runners read them from the log.

Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from kube_oidc.diagnostics import Diagnostic, FileReport, Severity
from kube_oidc.report import printable

_COMMANDS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render_github(reports: Iterable[FileReport]) -> str:
    """One workflow command per diagnostic."""
    lines = [_line(report.path, diagnostic) for report in reports for diagnostic in report.diagnostics]
    return "".join(f"{line}\n" for line in lines)


def _line(path: str, diagnostic: Diagnostic) -> str:
    properties = {"file": path, "title": f"kube-oidc {diagnostic.code}"}
    if diagnostic.location is not None:
        properties |= {"line": str(diagnostic.location.line), "col": str(diagnostic.location.column)}
    text = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    said = f"{diagnostic.field}: {diagnostic.message}" if diagnostic.field else diagnostic.message
    parts = (said, diagnostic.option and f"option: {diagnostic.option}", diagnostic.remedy)
    return f"::{_COMMANDS[diagnostic.severity]} {text}::{_data(chr(10).join(part for part in parts if part))}"


def _data(value: str) -> str:
    return printable.lines(value).replace("%", "%25").replace("\n", "%0A")


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")
