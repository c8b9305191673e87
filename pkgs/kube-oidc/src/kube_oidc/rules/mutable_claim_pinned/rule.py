"""Rule pins a name that can change owners."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.model import ClaimValidationRule
from kube_oidc.rules.engine.attackers import attacker_claims, borrowing, renamed
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.finding import Confidence, Finding, Remedy, RuleMetadata
from kube_oidc.rules.engine.issuer import Claims, IssuerUnderReview

RULE: Final = RuleMetadata(
    id="mutable-claim-pinned",
    title="Rule pins a name that can change owners",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    source="https://github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens/",
)
_NUMBER: Final = "999999999"
# `OWNER@ID/REPO@ID` or `OWNER-ID/REPO-ID`.
_NUMBERS: Final = re.compile(r"([@-])[0-9]+(?=[/:])")


def check(config: ConfigUnderReview) -> Iterator[Finding]:
    """Reports CI issuers that refuse strangers, but not the next owner of the same name."""
    for entry in config.entries:
        if entry.sample_claims is not None and entry.provider.is_ci:
            yield from _entry(entry)


def _entry(entry: IssuerUnderReview) -> Iterator[Finding]:
    trust, sample_claims = entry.provider.trust, entry.sample_claims or {}
    number = trust.get("ownerIds")
    if number is None or entry.provider.claims[number]["optional"]:
        return  # not every token has the ID: pinning it could lock the owner out
    strangers = (*attacker_claims(entry, sample_claims), *borrowing(entry, sample_claims))
    if any(entry.user(claims) is not None for claims in strangers):
        return  # anyone is accepted: shared-issuer-unpinned
    namesake = _namesake(entry, sample_claims)
    user = entry.user(namesake)
    if user is None:
        return
    message = (
        f"anyone who registers the same name later gets the user name {user.username!r}: "
        f"only {number} tells them apart"
    )
    rule = ClaimValidationRule(claim=number, required_value=f"YOUR-{number.upper()}")
    remedy = Remedy("pin the ID:", claim_rules=(rule,))
    yield Finding(entry.path.child("claimValidationRules"), message, remedy, namesake)


def _namesake(entry: IssuerUnderReview, claims: Claims) -> Claims:
    """Returns the same names with other IDs, as after a rename or a deletion."""
    trust = entry.provider.trust
    numbers = {trust[what] for what in ("ownerIds", "repositoryIds") if what in trust}
    numbers |= set(entry.provider.claims_of_format("id"))
    changed = claims | {name: _NUMBER for name in numbers if name in claims}
    usual = str(entry.provider.example.get("sub", ""))
    if any(str(entry.provider.example.get(name)) in usual.split(":") for name in numbers):
        return changed | {"sub": renamed(entry, usual, changed)}  # the subject consists of IDs
    return (
        changed | {"sub": _NUMBERS.sub(rf"\g<1>{_NUMBER}", str(claims["sub"]))}
        if "sub" in claims
        else changed
    )
