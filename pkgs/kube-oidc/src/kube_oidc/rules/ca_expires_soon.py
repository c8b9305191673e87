"""A certificate in `certificateAuthority` runs out within 30 days, or has.

From that second on the API server trusts the issuer's server no more: it cannot fetch new keys, and
when the issuer changes its key every token is refused. Nothing says so before.

Bad: the only certificate ends next week.

Good: the successor stands below it in good time; the API server trusts either.

    certificateAuthority: |
      -----BEGIN CERTIFICATE-----
      (the present one)
      -----END CERTIFICATE-----
      -----BEGIN CERTIFICATE-----
      (its successor)
      -----END CERTIFICATE-----
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.rules.entry import Entry
from kube_oidc.rules.finding import About, Confidence, Finding, Remedy
from kube_oidc.rules.subject import Subject

ABOUT: Final = About(
    "ca-expires-soon",
    "A certificate authority runs out",
    Severity.WARNING,
    Confidence.HIGH,
    "https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5",
    "services.kube-oidc.issuers.sso.certificateAuthorityFile = ./ca.crt;",
)
_SOON: Final = 30 * 24 * 3600


def check(subject: Subject) -> Iterator[Finding]:
    """One finding for every entry none of whose certificates lasts 30 days more; none without a clock."""
    if subject.now is None:
        return
    for entry in subject.entries:
        authority = entry.model.issuer.certificate_authority
        if authority:
            yield from _entry(entry, authority, subject.now)


def _entry(entry: Entry, authority: str, now: float) -> Iterator[Finding]:
    # Most files bring no certificate.
    from datetime import UTC, datetime  # noqa: PLC0415

    from kube_oidc.rules.certificate import not_after  # noqa: PLC0415
    from kube_oidc.verdict.golang.pem import blocks  # noqa: PLC0415

    ends = [not_after(block.der) for block in blocks(authority) if block.label == "CERTIFICATE"]
    known = [end for end in ends if end is not None]
    if not known or len(known) < len(ends) or max(known) - now > _SOON:
        return
    day = datetime.fromtimestamp(max(known), UTC).strftime("%Y-%m-%d")
    message = f"the last certificate here {'ended' if max(known) < now else 'ends'} on {day}"
    remedy = Remedy("put the successor's certificate below it, and reload")
    yield Finding(entry.path.child("issuer", "certificateAuthority"), message, remedy)
