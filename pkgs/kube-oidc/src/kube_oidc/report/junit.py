"""JUnit XML, which CI systems show as test results: one case per configuration, one failure per error.

Source: https://github.com/testmoapp/junitxml
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from kube_oidc.diagnostics import Diagnostic, FileReport, Severity
from kube_oidc.report import printable

_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'


def render_junit(reports: Iterable[FileReport], *, strict: bool = False) -> str:
    """One test suite; with `strict`, warnings are failures too, otherwise they are output of the case."""
    reports = list(reports)
    cases = [_case(report, strict=strict) for report in reports]
    failed = sum(any(_fails(each, strict=strict) for each in report.diagnostics) for report in reports)
    suite = f'<testsuite name="kube-oidc check" tests="{len(reports)}" failures="{failed}" errors="0">'
    return f"{_HEAD}<testsuites>\n{suite}\n{''.join(cases)}</testsuite>\n</testsuites>\n"


def _case(report: FileReport, *, strict: bool) -> str:
    name = f"{report.path} ({report.inside})" if report.inside else report.path
    failures = "".join(_failure(found) for found in report.diagnostics if _fails(found, strict=strict))
    notes = [found for found in report.diagnostics if not _fails(found, strict=strict)]
    output = "\n".join(line for found in notes for line in _lines(found))
    said = f"<system-out>{escape(output)}</system-out>\n" if output else ""
    attributes = f"classname={_attribute(report.path)} name={_attribute(name)}"
    return f"<testcase {attributes}>\n{failures}{said}</testcase>\n"


def _failure(found: Diagnostic) -> str:
    text = escape("\n".join(_lines(found)))
    return f"<failure type={_attribute(found.code)} message={_attribute(found.message)}>{text}</failure>\n"


def _fails(found: Diagnostic, *, strict: bool) -> bool:
    return found.severity is Severity.ERROR or (strict and found.severity is Severity.WARNING)


def _lines(found: Diagnostic) -> Iterator[str]:
    place = f"line {found.location.line}, column {found.location.column}: " if found.location else ""
    field = f"{found.field}: " if found.field else ""
    yield printable.line(f"{place}{found.severity}: {field}{found.message} [{found.code}]")
    yield from (printable.line(line) for line in (found.remedy or "").splitlines())


def _attribute(text: str) -> str:
    return quoteattr(printable.line(text))
