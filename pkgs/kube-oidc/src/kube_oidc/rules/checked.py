"""The findings on a file that was checked, as diagnostics: placed, with their options, waivers
applied."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from kube_oidc.diagnostics import Diagnostic, Location, Severity
from kube_oidc.field import FieldPath
from kube_oidc.nixos_options import option_for
from kube_oidc.rules import About, Confidence, Finding, Subject, examine
from kube_oidc.rules.entry import Entry
from kube_oidc.rules.known import known_ids
from kube_oidc.rules.waivers import applied
from kube_oidc.verdict.validate_file import Checked
from kube_oidc.verdict.versions import KubernetesVersion

_FEW: Final = 2  # claims to show in a message
# With one of these, parts of the file were not read, and what is not there cannot be judged.
_UNREAD: Final = frozenset({"wrong-type", "unknown-field", "duplicate-field", "wrong-kind"})


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What stands outside the file: who else takes which audience, and whether all is to be told."""

    elsewhere: Mapping[tuple[str, str], str] = field(default_factory=dict)
    pedantic: bool = False


NONE: Final = Circumstances()


def findings(
    data: bytes,
    checked: Checked,
    version: KubernetesVersion,
    options: Mapping[str, str],
    now: float | None,
    circumstances: Circumstances = NONE,
) -> list[Diagnostic]:
    """What is legal and risky in this file; nothing where not all could be read. `now`: Unix seconds."""
    if checked.configuration is None or _UNREAD & {diagnostic.code for diagnostic in checked.diagnostics}:
        return []
    subject = Subject(
        checked.configuration,
        version,
        now,
        elsewhere=circumstances.elsewhere,
        pedantic=circumstances.pedantic,
    )
    examined = list(examine(subject))
    found = [_diagnostic(about, finding, subject, checked, options) for about, finding in examined]
    if subject.budget.spent:
        found.append(_incomplete())
    elif not checked.undecided:  # what cannot be decided is told already
        told = {finding.path.steps[:2] for about, finding in examined if about.id == "every-token-refused"}
        unknown = [
            entry for entry in subject.entries if entry.ordinary is None and entry.path.steps not in told
        ]
        found += [_unexamined(entry, checked, options) for entry in unknown]
    is_json = data.lstrip().startswith(b"{")
    return list(applied(found, "" if is_json else data.decode("utf-8", "replace"), known_ids()))


def without(
    diagnostics: Collection[Diagnostic], ignored: Collection[str]
) -> tuple[tuple[Diagnostic, ...], frozenset[str]]:
    """What is left without the ignored findings, and which of `ignored` there were."""
    left = tuple(diagnostic for diagnostic in diagnostics if diagnostic.code not in ignored)
    return left, frozenset(diagnostic.code for diagnostic in diagnostics if diagnostic.code in ignored)


def _diagnostic(
    about: About, finding: Finding, subject: Subject, checked: Checked, options: Mapping[str, str]
) -> Diagnostic:
    confidence = finding.confidence or about.confidence
    entry = options.get(str(FieldPath(finding.path.steps[:2])))  # `jwt[0]`
    return Diagnostic(
        code=about.id,
        severity=Severity.INFO if confidence is Confidence.LOW else about.severity,
        message=finding.message + "".join(_example(finding, subject)),
        field=str(finding.path),
        location=_location(checked.locations, finding.path),
        remedy=finding.remedy.as_options(entry) if entry is not None else str(finding.remedy),
        option=option_for(finding.path, options),
    )


def _incomplete() -> Diagnostic:
    message = "the expressions are too dear to try tokens with: there may be more findings than are told here"
    return Diagnostic("findings-incomplete", Severity.WARNING, message, remedy="make the expressions simpler")


def _unexamined(entry: Entry, checked: Checked, options: Mapping[str, str]) -> Diagnostic:
    """Nothing could be tried, so that no finding does not mean that there is none."""
    return Diagnostic(
        "findings-incomplete",
        Severity.WARNING,
        "no token was found that this entry accepts, so it is not known here whom else it lets in",
        field=str(entry.path),
        location=_location(checked.locations, entry.path),
        remedy="see what becomes of a real one: `kube-oidc explain FILE --claims CLAIMS.json`",
        option=option_for(entry.path, options),
    )


def _example(finding: Finding, subject: Subject) -> Iterator[str]:
    """What the token that shows it has and an ordinary one has not."""
    position = finding.path.steps[1] if len(finding.path.steps) > 1 else None
    if finding.proof is None or not isinstance(position, int):
        return
    usual = subject.entries[position].ordinary or {}
    other = {name: value for name, value in finding.proof.items() if usual.get(name) != value}
    gone = [name for name in usual if name not in finding.proof]
    if 0 < len(other) <= _FEW:
        yield f" (a token with {json.dumps(other, ensure_ascii=False)})"
    elif gone and not other:
        yield f" (a token without {', '.join(gone)})"


def _location(locations: Mapping[FieldPath, Location], path: FieldPath) -> Location | None:
    while path.steps and path not in locations:
        path = path.parent()
    return locations.get(path)
