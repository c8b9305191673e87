"""Issuer URL for all tenants."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.finding import Confidence, Finding, Remedy, RuleMetadata

RULE: Final = RuleMetadata(
    id="multi-tenant-issuer",
    title="Issuer URL for all tenants",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    source="https://learn.microsoft.com/en-us/entra/identity-platform/claims-validation",
)
_HOSTS: Final = r"(login\.microsoftonline\.com|login\.microsoftonline\.us|sts\.windows\.net)"
_TENANTS: Final = r"(?P<tenant>common|organizations|consumers|\{[^}/]*\})"
_EVERYBODY: Final = re.compile(f"https://{_HOSTS}/{_TENANTS}(/.*)?")
_REMEDY: Final = Remedy(
    "use the tenant's ID, and a separate issuer for each tenant:\n"
    "  issuer:\n    url: https://login.microsoftonline.com/YOUR-TENANT-ID/v2.0"
)


def check(config: ConfigUnderReview) -> Iterator[Finding]:
    """Reports issuer URLs for all tenants, or with a placeholder for one."""
    for entry in config.entries:
        match = _EVERYBODY.fullmatch(entry.model.issuer.url)
        if match is not None:
            message = f"no token has this issuer: iss contains the tenant's ID instead of {match['tenant']!r}"
            yield Finding(entry.path.child("issuer", "url"), message, _REMEDY)
