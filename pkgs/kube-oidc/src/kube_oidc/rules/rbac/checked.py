"""The findings on RBAC objects as diagnostics, file by file, with what could not be read of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from kube_oidc.diagnostics import Diagnostic, FileReport, Location, Severity
from kube_oidc.rbac import Loaded, Place, Problem
from kube_oidc.rules.entry import Entry
from kube_oidc.rules.finding import About, Confidence
from kube_oidc.rules.known import known_ids
from kube_oidc.rules.rbac import GrantFinding, Grants, examine
from kube_oidc.rules.waivers import applied

_FEW = 2  # claims to show in a message


def grant_reports(
    loaded: Loaded,
    entries: tuple[Entry, ...],
    options: Mapping[str, str],
    *,
    pedantic: bool = False,
    grants: Grants | None = None,
) -> Iterator[FileReport]:
    """A report for every file of which there is something to say; waivers are read in the files themselves.

    `grants` is given where they are known already.
    """
    grants = grants or Grants(entries, loaded.objects, pedantic)
    said: dict[str, list[Diagnostic]] = {}
    for problem in loaded.problems:
        said.setdefault(problem.place.path, []).append(_problem(problem))
    for about, finding in examine(grants):
        place = _place(finding)
        said.setdefault(place.path, []).append(_diagnostic(about, finding, place, options))
    if any(entry.budget.spent for entry in entries) or grants.trials.left <= 0:
        said.setdefault(_first(loaded), []).append(_incomplete())
    for path, diagnostics in said.items():
        yield FileReport(path, tuple(applied(diagnostics, _text(path), known_ids())))


def _place(finding: GrantFinding) -> Place:
    return finding.subject.place if finding.subject.place.line else finding.binding.place


def _diagnostic(about: About, finding: GrantFinding, place: Place, options: Mapping[str, str]) -> Diagnostic:
    confidence = finding.confidence or about.confidence
    return Diagnostic(
        code=about.id,
        severity=Severity.INFO if confidence is Confidence.LOW else about.severity,
        message=finding.message + "".join(_example(finding)),
        field=str(finding.binding),
        location=Location(place.line, 1) if place.line else None,
        remedy=finding.remedy,
        option=options.get(str(finding.binding)),
    )


def _example(finding: GrantFinding) -> Iterator[str]:
    """What the token has that is no ordinary one."""
    if finding.held is None:
        return
    usual = finding.held.entry.ordinary or {}
    other = {name: value for name, value in finding.held.claims.items() if usual.get(name) != value}
    if 0 < len(other) <= _FEW:
        yield f" (a token with {json.dumps(other, ensure_ascii=False)})"


def _problem(problem: Problem) -> Diagnostic:
    location = Location(problem.place.line, 1) if problem.place.line else None
    return Diagnostic(
        "rbac-not-read", Severity.WARNING, problem.message, location=location, remedy=problem.remedy
    )


def _incomplete() -> Diagnostic:
    message = "there is too much to try tokens for: there may be more findings on grants than are told here"
    remedy = "check fewer files at once, or make the expressions simpler"
    return Diagnostic("findings-incomplete", Severity.WARNING, message, remedy=remedy)


def _first(loaded: Loaded) -> str:
    bindings: Iterable[str] = (binding.place.path for binding in loaded.objects.bindings)
    return next(iter(bindings), "")


def _text(path: str) -> str:
    """The text of a YAML file, for its comments; nothing of others."""
    if Path(path).suffix not in (".yaml", ".yml"):
        return ""
    try:
        return Path(path).read_text("utf-8", "replace")
    except OSError:
        return ""
