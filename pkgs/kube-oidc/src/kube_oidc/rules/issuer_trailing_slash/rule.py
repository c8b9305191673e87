"""Trailing slash that the issuer's tokens have or don't have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.finding import Confidence, Finding, Remedy, RuleMetadata

RULE: Final = RuleMetadata(
    id="issuer-trailing-slash",
    title="Trailing slash of the issuer URL differs from the tokens'",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    source="https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation",
    has_proof=False,
)


def check(config: ConfigUnderReview) -> Iterator[Finding]:
    """Reports URLs of known providers with a slash too many or too few."""
    for entry in config.entries:
        url = entry.model.issuer.url
        if not entry.provider.known:
            continue
        ends = {str(pattern["url"]).endswith("/") for pattern in entry.provider.facts["urls"]}
        if len(ends) != 1 or url.endswith("/") in ends:
            continue
        right = f"{url}/" if ends == {True} else url.rstrip("/")
        message = f"no token has this as iss: tokens of {entry.provider.title} have {right!r}"
        yield Finding(entry.path.child("issuer", "url"), message, Remedy(f"issuer:\n    url: {right}"))
