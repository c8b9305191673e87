"""Audience shared with another service."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.providers.provider import service_of
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.finding import Confidence, Finding, Remedy, RuleMetadata
from kube_oidc.rules.engine.issuer import IssuerUnderReview

RULE: Final = RuleMetadata(
    id="shared-audience",
    title="Audience shared with another service",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    source="https://www.rfc-editor.org/rfc/rfc8725#section-3.9",
    has_proof=False,
)
# Services that issue no ID tokens themselves, by their audience; provider files have the others.
_SERVICES: Final = {"sts.amazonaws.com": "AWS", "pypi": "PyPI", "testpypi": "PyPI", "vault": "Vault"}


def check(config: ConfigUnderReview) -> Iterator[Finding]:
    """Reports audiences of other services, and of other files in this check."""
    for entry in config.entries:
        for position, audience in enumerate(entry.model.issuer.audiences):
            owner = _service(entry, audience)
            path = entry.path.child("issuer", "audiences").index(position)
            other = config.elsewhere.get((entry.model.issuer.url, audience))
            if owner is not None:
                message = f"{audience!r} is the audience of {owner}: tokens for it are accepted here too"
                yield Finding(path, message, _remedy(entry, audience))
            elif other is not None:
                message = f"{other} accepts the same issuer and audience {audience!r}: a token for one works at both"
                yield Finding(path, message, _remedy(entry, audience), confidence=Confidence.LOW)


def _remedy(entry: IssuerUnderReview, audience: str) -> Remedy:
    """The audiences without this one, as YAML; people's clients then send the ID token, jobs ask for the audience."""
    others = [each for each in entry.model.issuer.audiences if each != audience] or ["my-cluster"]
    how = (
        "request it in the job"
        if entry.provider.is_ci
        else "send the ID token, whose audience is the client's ID"
    )
    listed = ", ".join(map(json.dumps, others))
    return Remedy(f"use an audience for this cluster, and {how}:\n  issuer:\n    audiences: [{listed}]")


def _service(entry: IssuerUnderReview, audience: str) -> str | None:
    if audience.startswith("npm:"):  # trusted publishing: the scheme, then the registry
        return "npm"
    return _SERVICES.get(audience) or service_of(entry.provider, entry.model.issuer.url, audience)
