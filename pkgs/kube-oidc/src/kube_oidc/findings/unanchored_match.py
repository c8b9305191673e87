"""A rule looks at a part of a claim, and another value has that part too.

`startsWith("repo:my-org")` holds for `repo:my-org-evil/x`, `endsWith("example.org")` for
`eve@not-example.org`, `contains` for both, and `matches` looks for its pattern anywhere unless `^`
and `$` say where it begins and ends. Names like these cost a stranger nothing.

Bad: the beginning of a name.

    claimValidationRules:
    - expression: claims.sub.startsWith("repo:my-org")

Good: with what closes the name, or the whole value.

    claimValidationRules:
    - expression: claims.sub.startsWith("repo:my-org/")
    - expression: claims.repository_owner == "my-org"
    - expression: claims.sub.matches("^repo:my-org/[^:]+:ref:refs/heads/main$")
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.findings.facts import Comparison
from kube_oidc.findings.finding import About, Confidence, Finding, Remedy
from kube_oidc.findings.subject import Entry, Expression, Subject
from kube_oidc.findings.tokens import get, put

ABOUT: Final = About(
    "unanchored-match",
    "A rule holds for other names too",
    Severity.WARNING,
    Confidence.HIGH,
    "https://kubernetes.io/docs/reference/using-api/cel/",
)
_CLOSING: Final = tuple("/:@.|,;_- #")
# Claims that say whose it is; a part of a branch or of a file's name may be meant.
_WHOSE: Final = frozenset(
    {
        "sub",
        "email",
        "hd",
        "repository",
        "repository_owner",
        "project_path",
        "namespace_path",
        "organization_slug",
        "job_workflow_ref",
        "workflow_ref",
        "ci_config_ref_uri",
        "preferred_username",
    }
)


def check(subject: Subject) -> Iterator[Finding]:
    """One finding for every such call in a claim rule that a neighbouring value passes as well."""
    for entry in subject.entries:
        for read in entry.rules:
            for comparison in read.facts.comparisons:
                yield from _comparison(entry, read, comparison)


def _comparison(entry: Entry, read: Expression, comparison: Comparison) -> Iterator[Finding]:
    ordinary, text = entry.ordinary, comparison.value
    if ordinary is None or not isinstance(text, str) or not text:
        return
    usual = get(ordinary, comparison.place)
    if not isinstance(usual, str):
        return
    scheme = _scheme(entry) if comparison.place == ("sub",) else ""
    for other in _neighbours(comparison.operator, text, usual, scheme):
        claims = put(ordinary, comparison.place, other)
        if entry.user(claims) is not None:
            name = ".".join(comparison.place)
            message = f'{comparison.operator}("{text}") holds for other names too: {name} may be "{other}"'
            sure = comparison.place[-1] in _WHOSE and other.startswith(scheme)
            confidence = Confidence.HIGH if sure else Confidence.MEDIUM
            remedy = Remedy(_remedy(comparison.operator, name, text))
            yield Finding(read.path, message, remedy, claims, confidence)
            return


def _scheme(entry: Entry) -> str:
    """`repo:`, with which every subject of this CI system begins."""
    sub = str(entry.provider.example.get("sub", ""))
    return sub[: sub.find(":") + 1] if entry.provider.is_ci else ""


def _neighbours(operator: str, text: str, usual: str, scheme: str) -> Iterator[str]:
    """Values that a stranger may have, beside the one that is meant."""
    match operator:
        case "startsWith" if not text.endswith(_CLOSING) and len(text.split("/")[-1]) > 1:
            yield f"{text}-evil/{usual.removeprefix(text).lstrip('/') or 'x'}"
            yield f"{text}-evil"
        case "endsWith" if not text.startswith(_CLOSING):
            yield f"eve@not-{text}"
            yield f"evil-{text}"
        case "contains":
            yield f"{scheme}evil-{text}-evil"
            yield f"{scheme}evil/{text}"
        case "matches" if not text.startswith("^"):
            yield f"evil/{usual}"
            yield f"evil-{usual}"
        case "matches" if not text.endswith(("$", ".*")):
            yield f"{usual}-evil"


def _remedy(operator: str, name: str, text: str) -> str:
    match operator:
        case "startsWith":
            return f'close the name: claims.{name}.startsWith("{text}/"), or compare the whole claim with =='
        case "endsWith":
            return f'open the name: claims.{name}.endsWith("@{text}"), or compare the whole claim with =='
        case "matches":
            anchored = f"^{text.removeprefix('^').removesuffix('$')}$"
            return f'say where it begins and ends: claims.{name}.matches("{anchored}")'
    return f'compare the whole claim: claims.{name} == "…"'
