"""Certificate in certificateAuthority that isn't a CA's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from kube_oidc.diagnostics import Severity
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.finding import Confidence, Finding, Remedy, RuleMetadata
from kube_oidc.rules.engine.issuer import IssuerUnderReview

RULE: Final = RuleMetadata(
    id="ca-not-usable",
    title="Certificate in certificateAuthority isn't a CA's",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    source="https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.9",
    has_proof=False,
)


def check(config: ConfigUnderReview) -> Iterator[Finding]:
    """Reports authorities without any certificate that can verify another one."""
    for entry in config.entries:
        if entry.model.issuer.certificate_authority:
            yield from _entry(entry)


def _entry(entry: IssuerUnderReview) -> Iterator[Finding]:
    # Most files contain no certificate.
    from kube_oidc.rules.ca_not_usable.certificate import is_authority, names  # noqa: PLC0415
    from kube_oidc.verdict.golang.pem import blocks  # noqa: PLC0415

    found = [
        block.der
        for block in blocks(entry.model.issuer.certificate_authority)
        if block.label == "CERTIFICATE"
    ]
    if not found or any(is_authority(der) is not False for der in found):
        return
    host = urlsplit(entry.model.issuer.discovery_url or entry.model.issuer.url).hostname or ""
    known = [name for der in found for name in names(der)]
    message = "this certificate is not a CA (basicConstraints CA:FALSE), so it can't verify the issuer's certificate"
    if known and not any(_covers(name, host) for name in known):
        message += f"; it is the certificate of a server for {', '.join(known[:3])}, not for {host}"
    remedy = Remedy(
        "put the certificate of the CA that signed the issuer's certificate here:\n"
        "  issuer:\n    certificateAuthority: |\n      -----BEGIN CERTIFICATE-----\n      …"
    )
    yield Finding(entry.path.child("issuer", "certificateAuthority"), message, remedy)


def _covers(name: str, host: str) -> bool:
    """Whether a certificate for this name is valid for the host (RFC 6125: `*` is one label)."""
    if name.startswith("*."):
        return host.partition(".")[2].casefold() == name[2:].casefold()
    return host.casefold() == name.casefold()
