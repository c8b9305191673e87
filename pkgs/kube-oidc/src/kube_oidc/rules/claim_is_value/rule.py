"""Value of a claim where its name belongs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.field import FieldPath
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.finding import Confidence, Finding, Remedy, RuleMetadata
from kube_oidc.rules.engine.issuer import IssuerUnderReview

RULE: Final = RuleMetadata(
    id="claim-is-value",
    title="Value of a claim where its name belongs",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    source="https://kubernetes.io/docs/reference/config-api/apiserver-config.v1/#PrefixedClaimOrExpression",
    has_proof=False,
)
_VALUES: Final = (
    (re.compile(r"[^@\s/]+@[^@\s/]+\.[^@\s/]+"), "an e-mail address", "email"),
    (
        re.compile(r"(?:repo|project_path|system|oidc|refs/heads|refs/tags)[:/].+"),
        "a subject, ref or user name",
        "sub",
    ),
    (re.compile(r".*\s.*", re.S), "text with spaces", "sub"),
    (re.compile(r"claims\..+"), "an expression", "sub"),
)


def check(config: ConfigUnderReview) -> Iterator[Finding]:
    """Reports names of claims that are written like values."""
    for entry in config.entries:
        for path, name in _claims(entry):
            yield from _entry(entry, path, name)


def _entry(entry: IssuerUnderReview, path: FieldPath, name: str) -> Iterator[Finding]:
    issuer = entry.model.issuer
    found = next(((what, claim) for pattern, what, claim in _VALUES if pattern.fullmatch(name)), None)
    if name in (issuer.url, *issuer.audiences) and name not in entry.provider.claims and "/" in name:
        found = "the issuer's URL" if name == issuer.url else "an audience", "sub"
    if found is None:
        return
    what, claim = found
    message = f"{name!r} is {what}, not the name of a claim, so no token has it"
    field = str(path.steps[-2]) if isinstance(path.steps[-2], str) else ""
    if what == "an expression":
        remedy = Remedy(f"{field}:\n    expression: {name!r}" if field else f"expression: {name!r}")
    else:
        remedy = Remedy(
            f"{field}:\n    claim: {claim}" if field else f"claim: {claim}\n  requiredValue: {name!r}"
        )
    yield Finding(path, message, remedy)


def _claims(entry: IssuerUnderReview) -> Iterator[tuple[FieldPath, str]]:
    mappings, path = entry.model.claim_mappings, entry.path.child("claimMappings")
    yield path.child("username", "claim"), mappings.username.claim
    yield path.child("groups", "claim"), mappings.groups.claim
    yield path.child("uid", "claim"), mappings.uid.claim
    for position, rule in enumerate(entry.model.claim_validation_rules):
        yield entry.path.child("claimValidationRules").index(position).child("claim"), rule.claim
