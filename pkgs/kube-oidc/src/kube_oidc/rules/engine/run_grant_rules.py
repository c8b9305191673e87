"""Runs the rules on RBAC grants, and turns what they find into diagnostics, file by file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Final, Protocol, cast

from kube_oidc.diagnostics import Diagnostic, Kept, Location, Severity
from kube_oidc.rbac import Loaded, Place, Problem
from kube_oidc.rules.engine.finding import Confidence, RuleMetadata
from kube_oidc.rules.engine.grant_finding import GrantFinding
from kube_oidc.rules.engine.grants import Grants
from kube_oidc.rules.engine.issuer import IssuerUnderReview
from kube_oidc.rules.engine.registry import GRANT_RULE, load_rules
from kube_oidc.rules.engine.run_rules import unsuppressed

_MAX_CLAIMS_SHOWN: Final = 2
_ORDER: Final = tuple(Confidence)


class GrantRule(Protocol):
    """A module `grant_rule.py`."""

    RULE: RuleMetadata

    def check(self, grants: Grants, /) -> Iterator[GrantFinding]:
        """Returns what it finds in the grants."""


@cache
def grant_rules() -> tuple[GrantRule, ...]:
    """Returns the rules on RBAC grants, the most severe and most certain first."""
    return cast("tuple[GrantRule, ...]", load_rules(GRANT_RULE))


def run_grant_rules(grants: Grants) -> Iterator[tuple[RuleMetadata, GrantFinding]]:
    """Yields every finding with its rule's metadata; of one binding and one rule only the most certain."""
    for rule in grant_rules():
        of_binding: dict[tuple[str, str], list[GrantFinding]] = {}
        for finding in rule.check(grants):
            key = str(finding.binding), "" if rule.RULE.once_per_binding else finding.subject.name
            of_binding.setdefault(key, []).append(finding)
        for findings in of_binding.values():
            first = min(findings, key=lambda each: _ORDER.index(each.confidence or rule.RULE.confidence))
            more = f" (and {len(findings) - 1} more subjects)" if len(findings) > 1 else ""
            yield rule.RULE, replace(first, message=first.message + more)


def grant_diagnostics(
    loaded: Loaded,
    entries: tuple[IssuerUnderReview, ...],
    *,
    pedantic: bool = False,
    grants: Grants | None = None,
) -> Iterator[tuple[str, Kept]]:
    """Yields each file with a finding or a problem, and its diagnostics without the suppressed ones.

    `grants` avoids working out again what is known already.
    """
    grants = grants or Grants(entries, loaded.objects, pedantic)
    found: dict[str, list[Diagnostic]] = {}
    for problem in loaded.problems:
        found.setdefault(problem.place.path, []).append(_problem(problem))
    for rule, finding in run_grant_rules(grants):
        place = _place(finding)
        found.setdefault(place.path, []).append(_diagnostic(rule, finding, place))
    if any(entry.budget.spent for entry in entries) or grants.budget.spent:
        found.setdefault(_first(loaded), []).append(_incomplete())
    if grants.undecided:
        found.setdefault(_first(loaded), []).append(_not_decided(grants.undecided))
    for path, diagnostics in found.items():
        yield path, unsuppressed(diagnostics, loaded.texts.get(path, b""))


def _place(finding: GrantFinding) -> Place:
    return finding.subject.place if finding.subject.place.line else finding.binding.place


def _diagnostic(rule: RuleMetadata, finding: GrantFinding, place: Place) -> Diagnostic:
    confidence = finding.confidence or rule.confidence
    return Diagnostic(
        code=rule.id,
        severity=Severity.INFO if confidence is Confidence.LOW else rule.severity,
        message=finding.message + "".join(_example(finding)),
        field=str(finding.binding),
        location=Location(place.line, 1) if place.line else None,
        remedy=finding.remedy,
    )


def _example(finding: GrantFinding) -> Iterator[str]:
    """Yields how the token differs from the sample token."""
    if finding.held is None:
        return
    usual = finding.held.entry.sample_claims or {}
    other = {name: value for name, value in finding.held.claims.items() if usual.get(name) != value}
    if 0 < len(other) <= _MAX_CLAIMS_SHOWN:
        yield f" (a token with {json.dumps(other, ensure_ascii=False)})"


def _problem(problem: Problem) -> Diagnostic:
    location = Location(problem.place.line, 1) if problem.place.line else None
    return Diagnostic(
        "rbac-not-read", Severity.WARNING, problem.message, location=location, remedy=problem.remedy
    )


def _incomplete() -> Diagnostic:
    message = "too many bindings or expensive expressions; some findings on grants may be missing"
    remedy = "check fewer files at once, or simplify the expressions"
    return Diagnostic("findings-incomplete", Severity.WARNING, message, remedy=remedy)


def _not_decided(undecided: Mapping[tuple[str, str], str]) -> Diagnostic:
    (kind, name), reason = next(iter(undecided.items()))
    more = f", and {len(undecided) - 1} more" if len(undecided) > 1 else ""
    message = f"not decided whether a token can have the {kind} {name!r}{more}: {reason}"
    return Diagnostic("not-decided", Severity.INFO, message)


def _first(loaded: Loaded) -> str:
    bindings: Iterable[str] = (binding.place.path for binding in loaded.objects.bindings)
    return next(iter(bindings), "")
