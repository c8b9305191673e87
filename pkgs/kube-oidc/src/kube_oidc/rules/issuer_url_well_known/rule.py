"""Issuer URL is the discovery document's URL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.finding import Confidence, Finding, Remedy, RuleMetadata

RULE: Final = RuleMetadata(
    id="issuer-url-well-known",
    title="Issuer URL is the discovery document's URL",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    source="https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig",
    has_proof=False,
)
_SUFFIX: Final = "/.well-known/openid-configuration"


def check(config: ConfigUnderReview) -> Iterator[Finding]:
    """Reports issuer URLs that end in the discovery document's path."""
    for entry in config.entries:
        url = entry.model.issuer.url
        if url.rstrip("/").endswith(_SUFFIX):
            message = "this is the URL of the discovery document, so no token has it as iss"
            remedy = Remedy(f"issuer:\n    url: {url.rstrip('/').removesuffix(_SUFFIX)}")
            yield Finding(entry.path.child("issuer", "url"), message, remedy)
