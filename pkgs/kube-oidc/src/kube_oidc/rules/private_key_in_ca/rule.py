"""Private key in certificateAuthority."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.finding import Confidence, Finding, Remedy, RuleMetadata
from kube_oidc.rules.engine.issuer import IssuerUnderReview

RULE: Final = RuleMetadata(
    id="private-key-in-ca",
    title="Private key in certificateAuthority",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    source="https://kubernetes.io/docs/reference/config-api/apiserver-config.v1/#Issuer",
    has_proof=False,
)


def check(config: ConfigUnderReview) -> Iterator[Finding]:
    """Reports private keys in certificateAuthority."""
    for entry in config.entries:
        if entry.model.issuer.certificate_authority:
            yield from _entry(entry)


def _entry(entry: IssuerUnderReview) -> Iterator[Finding]:
    from kube_oidc.verdict.golang.pem import blocks  # noqa: PLC0415 - most files contain no certificate

    labels = {block.label for block in blocks(entry.model.issuer.certificate_authority)}
    for label in sorted(labels):
        if label.endswith("PRIVATE KEY"):
            message = f"contains a {label}: anyone who can read this file can impersonate the issuer"
            remedy = Remedy("keep only the CERTIFICATE blocks, and replace the key and its certificate")
            yield Finding(entry.path.child("issuer", "certificateAuthority"), message, remedy)
