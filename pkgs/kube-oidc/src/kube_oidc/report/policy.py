"""Results of expectations as text, JSON, JUnit XML and annotations."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple
from xml.sax.saxutils import escape, quoteattr

from kube_oidc.diagnostics import Diagnostic, FileReport, Location, Severity
from kube_oidc.policy.model import Result, Status
from kube_oidc.report import printable
from kube_oidc.report.github import render_github
from kube_oidc.report.words import pluralize

VERSION: Final = 1
FORMATS: Final = ("text", "json", "junit", "github")
_CODE: Final = "expectation"


class Tested(NamedTuple):
    """A file with the results of its expectations, in the file's order."""

    path: str
    results: tuple[Result, ...]


def render(files: Sequence[Tested], how: str, *, only_failures: bool = False) -> str:
    """The results in one of `FORMATS`; `only_failures` leaves out in text what passed."""
    match how:
        case "json":
            return json.dumps(_document(files), indent=2, ensure_ascii=False) + "\n"
        case "junit":
            return _junit(files)
        case "github":
            return render_github(map(_report, files))
    return _text(files, only_failures=only_failures)


def _text(files: Sequence[Tested], *, only_failures: bool) -> str:
    lines = []
    for file in files:
        for result in file.results:
            if only_failures and result.ok:
                continue
            how = f" ({result.how})" if result.how else ""
            lines.append(f"{file.path}:{result.line}: {result.status.value}: {result.name}{how}")
            lines += [f"  {result.message}"] if result.message else []
            lines += [f"  token: {_claims(result)}"] if result.claims else []
    lines.append(_summary([result for file in files for result in file.results]))
    return "\n".join(map(printable.line, lines)) + "\n"


def _summary(results: Sequence[Result]) -> str:
    counts = {status: sum(result.status is status for result in results) for status in Status}
    others = [
        pluralize(count, "error") if status is Status.ERROR else f"{count} {status.value}"
        for status, count in counts.items()
        if count and status is not Status.PASSED
    ]
    return ", ".join([f"{pluralize(len(results), 'expectation')}: {counts[Status.PASSED]} passed", *others])


def _claims(result: Result) -> str:
    return json.dumps(result.claims, ensure_ascii=False)


def _document(files: Iterable[Tested]) -> dict[str, object]:
    files = list(files)
    return {
        "version": VERSION,
        "ok": all(result.ok for file in files for result in file.results),
        "files": [
            {
                "path": file.path,
                "results": [
                    {
                        "line": result.line,
                        "name": result.name,
                        "status": result.status.value,
                        "how": result.how or None,
                        "message": result.message,
                        "claims": result.claims,
                    }
                    for result in file.results
                ],
            }
            for file in files
        ],
    }


def _junit(files: Sequence[Tested]) -> str:
    """JUnit XML as Jenkins, GitLab and Forgejo read it: https://github.com/testmoapp/junitxml."""
    suites = []
    for file in files:
        cases = "".join(_case(file.path, result) for result in file.results)
        failures = sum(result.status in (Status.FAILED, Status.UNDECIDED) for result in file.results)
        errors = sum(result.status is Status.ERROR for result in file.results)
        suites.append(
            f'  <testsuite name={_attribute(file.path)} tests="{len(file.results)}" failures="{failures}" '
            f'errors="{errors}">\n{cases}  </testsuite>\n'
        )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n{"".join(suites)}</testsuites>\n'


def _case(path: str, result: Result) -> str:
    head = (
        f"    <testcase name={_attribute(result.name)} classname={_attribute(path)} file={_attribute(path)} "
    )
    head += f'line="{result.line}"'
    if result.ok:
        return f"{head}/>\n"
    kind = "error" if result.status is Status.ERROR else "failure"
    details = escape(printable.line(f"token: {_claims(result)}")) if result.claims else ""
    return (
        f"{head}>\n      <{kind} message={_attribute(result.message)}>{details}</{kind}>\n    </testcase>\n"
    )


def _attribute(text: str) -> str:
    return quoteattr(printable.line(text))


def _report(file: Tested) -> FileReport:
    found = [
        Diagnostic(
            _CODE,
            Severity.ERROR,
            f"{result.name}: {result.message}",
            location=Location(result.line, 1),
            remedy=f"token: {_claims(result)}" if result.claims else None,
        )
        for result in file.results
        if not result.ok
    ]
    return FileReport(file.path, tuple(found))
