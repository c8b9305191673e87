"""Audience shared with another service."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.providers.provider import Provider, service_of
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.finding import Confidence, Finding, Remedy, RuleMetadata

RULE: Final = RuleMetadata(
    id="shared-audience",
    title="Audience shared with another service",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    source="https://www.rfc-editor.org/rfc/rfc8725#section-3.9",
    has_proof=False,
)
_REMEDY: Final = Remedy("use an audience for this cluster, for example audiences: [my-cluster]")
# Services that issue no ID tokens themselves, by their audience; provider files have the others.
_SERVICES: Final = {"sts.amazonaws.com": "AWS", "pypi": "PyPI", "testpypi": "PyPI", "vault": "Vault"}


def check(config: ConfigUnderReview) -> Iterator[Finding]:
    """Reports audiences of other services, and of other files in this check."""
    for entry in config.entries:
        for position, audience in enumerate(entry.model.issuer.audiences):
            owner = _service(entry.provider, audience)
            path = entry.path.child("issuer", "audiences").index(position)
            other = config.elsewhere.get((entry.model.issuer.url, audience))
            if owner is not None:
                message = f"{audience!r} is the audience of {owner}: tokens for it are accepted here too"
                yield Finding(path, message, _REMEDY)
            elif other is not None:
                message = f"{other} accepts the same issuer and audience {audience!r}: a token for one works at both"
                yield Finding(path, message, _REMEDY, confidence=Confidence.LOW)


def _service(provider: Provider, audience: str) -> str | None:
    if audience.startswith("npm:"):  # trusted publishing: the scheme, then the registry
        return "npm"
    return _SERVICES.get(audience) or service_of(provider, audience)
