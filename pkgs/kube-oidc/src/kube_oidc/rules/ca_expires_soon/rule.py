"""CA certificate expires soon."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.finding import Confidence, Finding, Remedy, RuleMetadata
from kube_oidc.rules.engine.issuer import IssuerUnderReview

RULE: Final = RuleMetadata(
    id="ca-expires-soon",
    title="CA certificate expires soon",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    source="https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5",
    has_proof=False,
)
_SOON: Final = 30 * 24 * 3600


def check(config: ConfigUnderReview) -> Iterator[Finding]:
    """Reports issuers whose last certificate expires within 30 days; nothing if `now` is unknown."""
    if config.now is None:
        return
    for entry in config.entries:
        authority = entry.model.issuer.certificate_authority
        if authority:
            yield from _entry(entry, authority, config.now)


def _entry(entry: IssuerUnderReview, authority: str, now: float) -> Iterator[Finding]:
    # Most files contain no certificate.
    from datetime import UTC, datetime  # noqa: PLC0415

    from kube_oidc.rules.ca_expires_soon.certificate import not_after  # noqa: PLC0415
    from kube_oidc.verdict.golang.pem import blocks  # noqa: PLC0415

    ends = [not_after(block.der) for block in blocks(authority) if block.label == "CERTIFICATE"]
    known = [end for end in ends if end is not None]
    if not known or len(known) < len(ends) or max(known) - now > _SOON:
        return
    day = datetime.fromtimestamp(max(known), UTC).strftime("%Y-%m-%d")
    message = f"the last valid certificate {'expired' if max(known) < now else 'expires'} on {day}"
    remedy = Remedy("add the new certificate below it and reload")
    yield Finding(entry.path.child("issuer", "certificateAuthority"), message, remedy)
