"""Default audience that every job's token has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.finding import Confidence, Finding, Remedy, RuleMetadata

RULE: Final = RuleMetadata(
    id="default-audience",
    title="Default audience that every job's token has",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    source="https://docs.github.com/en/actions/reference/security/oidc",
    has_proof=False,
)


def check(config: ConfigUnderReview) -> Iterator[Finding]:
    """Reports audiences that a job's token has by default."""
    for entry in config.entries:
        for position, audience in enumerate(entry.model.issuer.audiences):
            known = entry.provider.default_audience(audience)
            if known is not None:
                path = entry.path.child("issuer", "audiences").index(position)
                message = f"{audience!r} is the default audience of job tokens"
                confidence = Confidence.LOW if known.get("always") else None
                remedy = Remedy("use an audience for this cluster, for example audiences: [my-cluster]")
                yield Finding(path, message, remedy, confidence=confidence)
