"""Runs the rules on a configuration, and turns what they find into diagnostics."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from kube_oidc.diagnostics import Diagnostic, Kept, Location, Severity
from kube_oidc.field import FieldPath
from kube_oidc.rules.engine.ask import refuses_all
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.finding import Confidence, Finding, RuleMetadata
from kube_oidc.rules.engine.issuer import IssuerUnderReview
from kube_oidc.rules.engine.registry import config_rules, known_ids
from kube_oidc.verdict.validate_file import Checked
from kube_oidc.verdict.versions import KubernetesVersion

_MAX_CLAIMS_SHOWN: Final = 2
_NOT_DECIDED: Final = "not-decided"
_MARKER: Final = b"kube-oidc:"  # begins the comments that suppress a finding
# With one of these errors, parts of the file were not read, so nothing can be said about missing fields.
_UNREAD: Final = frozenset({"wrong-type", "unknown-field", "duplicate-field", "wrong-kind"})


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """What a check knows besides the file.

    `elsewhere` maps issuer URL and audience to another file of this check that has them too; `pedantic` also
    reports what applies to most setups and rarely matters.
    """

    elsewhere: Mapping[tuple[str, str], str] = field(default_factory=dict)
    pedantic: bool = False


DEFAULT_OPTIONS: Final = CheckOptions()


def run_rules(config: ConfigUnderReview) -> Iterator[tuple[RuleMetadata, Finding]]:
    """Yields every finding with its rule's metadata, the most severe rules first."""
    found: dict[str, list[Finding]] = {}
    for rule in sorted(config_rules(), key=lambda each: each.RULE.asks):
        found[rule.RULE.id] = list(rule.check(config))
        for finding in found[rule.RULE.id]:
            if finding.path.steps[:1] == ("jwt",) and len(finding.path.steps) > 1:
                config.entries[int(finding.path.steps[1])].reported.add(rule.RULE.id)
    for rule in config_rules():
        yield from (
            (rule.RULE, finding)
            for finding in found[rule.RULE.id]
            if finding.proof is None or not _is_refused(finding, config)
        )


def _is_refused(finding: Finding, config: ConfigUnderReview) -> bool:
    """Whether the finding's token is of an issuer that accepts none of those that it can sign."""
    return refuses_all(config.entries[int(finding.path.steps[1])])


def config_diagnostics(
    data: bytes,
    checked: Checked,
    version: KubernetesVersion,
    now: float | None,
    check_options: CheckOptions = DEFAULT_OPTIONS,
) -> Kept:
    """Returns the findings on a file that was checked, without the suppressed ones; `now` is in Unix seconds.

    Returns none if parts of the file could not be read.
    """
    if checked.configuration is None or _UNREAD & {diagnostic.code for diagnostic in checked.diagnostics}:
        return Kept()
    config = ConfigUnderReview(
        checked.configuration,
        version,
        now,
        elsewhere=check_options.elsewhere,
        pedantic=check_options.pedantic,
    )
    examined = list(run_rules(config))
    found = [_diagnostic(rule, finding, config, checked) for rule, finding in examined]
    if config.budget.spent:
        found.append(_incomplete())
    elif not checked.undecided:  # undecidable expressions are reported already
        reported = {finding.path.steps[:2] for rule, finding in examined if rule.id == "every-token-refused"}
        unknown = [
            entry
            for entry in config.entries
            if entry.sample_claims is None and entry.path.steps not in reported
        ]
        found += [_unexamined(entry, checked) for entry in unknown]
    found += _undecided(config, checked)
    is_json = data.lstrip().startswith(b"{")
    return unsuppressed(found, b"" if is_json else data)


def unsuppressed(found: list[Diagnostic], data: bytes) -> Kept:
    """Returns the findings without those that a comment in the YAML file suppresses."""
    if _MARKER not in data:
        return Kept(tuple(found))
    from kube_oidc.rules.suppressions import apply_suppressions  # noqa: PLC0415 - most files have none

    return apply_suppressions(found, data, known_ids())


def without(
    diagnostics: Collection[Diagnostic], ignored: Collection[str]
) -> tuple[tuple[Diagnostic, ...], frozenset[str]]:
    """Returns the diagnostics without the ignored ones, and which of `ignored` were found."""
    left = tuple(diagnostic for diagnostic in diagnostics if diagnostic.code not in ignored)
    return left, frozenset(diagnostic.code for diagnostic in diagnostics if diagnostic.code in ignored)


def _diagnostic(
    rule: RuleMetadata,
    finding: Finding,
    config: ConfigUnderReview,
    checked: Checked,
) -> Diagnostic:
    confidence = finding.confidence or rule.confidence
    return Diagnostic(
        code=rule.id,
        severity=Severity.INFO if confidence is Confidence.LOW else rule.severity,
        message=finding.message + "".join(_example(finding, config)),
        field=str(finding.path),
        location=_location(checked.locations, finding.path),
        remedy=str(finding.remedy),
        nixos_remedy=finding.remedy.as_options,
    )


def _incomplete() -> Diagnostic:
    message = "expressions are too expensive to evaluate; some findings may be missing"
    return Diagnostic("findings-incomplete", Severity.WARNING, message, remedy="simplify the expressions")


def _undecided(config: ConfigUnderReview, checked: Checked) -> Iterator[Diagnostic]:
    """Yields what isn't known about all tokens: once for the file without a solver, else for each issuer."""
    asked = [entry for entry in config.entries if entry.undecided]
    if not asked:
        return
    from kube_oidc.proof.solver import INSTALL, is_available  # noqa: PLC0415 - only if a question was asked

    if not is_available():
        message = "not decided: no solver, so nothing is known about all tokens"
        yield Diagnostic(_NOT_DECIDED, Severity.INFO, message, remedy=INSTALL)
        return
    for entry in asked:
        reasons = "; ".join(f"{who}: {reason}" for who, reason in sorted(entry.undecided.items()))
        yield Diagnostic(
            _NOT_DECIDED,
            Severity.INFO,
            f"not decided whether these get in: {reasons}",
            field=str(entry.path),
            location=_location(checked.locations, entry.path),
        )


def _unexamined(entry: IssuerUnderReview, checked: Checked) -> Diagnostic:
    """No token could be tried, so findings may be missing."""
    return Diagnostic(
        "findings-incomplete",
        Severity.WARNING,
        "could not construct a token this issuer accepts; some checks were skipped",
        field=str(entry.path),
        location=_location(checked.locations, entry.path),
        remedy="check a real token: `kube-oidc explain FILE --claims CLAIMS.json`",
    )


def _example(finding: Finding, config: ConfigUnderReview) -> Iterator[str]:
    """Yields how the token that shows the finding differs from the sample token."""
    position = finding.path.steps[1] if len(finding.path.steps) > 1 else None
    if finding.proof is None or not isinstance(position, int):
        return
    usual = config.entries[position].sample_claims or {}
    other = {name: value for name, value in finding.proof.items() if usual.get(name) != value}
    gone = [name for name in usual if name not in finding.proof]
    if 0 < len(other) <= _MAX_CLAIMS_SHOWN:
        yield f" (a token with {json.dumps(other, ensure_ascii=False)})"
    elif gone and not other:
        yield f" (a token without {', '.join(gone)})"


def _location(locations: Mapping[FieldPath, Location], path: FieldPath) -> Location | None:
    while path.steps and path not in locations:
        path = path.parent()
    return locations.get(path)
