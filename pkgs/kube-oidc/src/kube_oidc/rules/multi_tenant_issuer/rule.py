"""Issuer URL for all tenants."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.providers.provider import tenant_url
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.finding import Confidence, Finding, Remedy, RuleMetadata

RULE: Final = RuleMetadata(
    id="multi-tenant-issuer",
    title="Issuer URL for all tenants",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    source="https://learn.microsoft.com/en-us/entra/identity-platform/claims-validation",
    has_proof=False,
)


def check(config: ConfigUnderReview) -> Iterator[Finding]:
    """Reports issuer URLs for all tenants, or with a placeholder for one."""
    for entry in config.entries:
        found = tenant_url(entry.model.issuer.url)
        if found is not None:
            tenant, instead = found
            message = f"no token has this issuer: iss contains the tenant's ID instead of {tenant!r}"
            note = (
                f"use the tenant's ID, and a separate issuer for each tenant:\n  issuer:\n    url: {instead}"
            )
            yield Finding(entry.path.child("issuer", "url"), message, Remedy(note))
