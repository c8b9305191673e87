"""A private key stands in `certificateAuthority`.

The API server reads the certificates in this field and passes over every other block, so a file
with the key of the authority in it works. The key then lies in the configuration and in its
repository, and whoever has it can pose as the issuer. The NixOS module refuses it before it is in
the store, which everybody on the machine can read.

Bad: `cat ca.crt ca.key`.

    certificateAuthority: |
      -----BEGIN CERTIFICATE-----
      …
      -----END CERTIFICATE-----
      -----BEGIN PRIVATE KEY-----
      …

Good: the certificate alone. A key that was pasted has to be replaced, with its certificate.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.rules.entry import Entry
from kube_oidc.rules.finding import About, Confidence, Finding, Remedy
from kube_oidc.rules.subject import Subject

ABOUT: Final = About(
    "private-key-in-ca",
    "A private key in certificateAuthority",
    Severity.WARNING,
    Confidence.HIGH,
    "https://kubernetes.io/docs/reference/config-api/apiserver-config.v1/#Issuer",
    "services.kube-oidc.issuers.sso.certificateAuthorityFile = ./ca.crt;",
)


def check(subject: Subject) -> Iterator[Finding]:
    """One finding for every entry whose certificateAuthority holds a private key."""
    for entry in subject.entries:
        if entry.model.issuer.certificate_authority:
            yield from _entry(entry)


def _entry(entry: Entry) -> Iterator[Finding]:
    from kube_oidc.verdict.golang.pem import blocks  # noqa: PLC0415 - most files bring no certificate

    labels = {block.label for block in blocks(entry.model.issuer.certificate_authority)}
    for label in sorted(labels):
        if label.endswith("PRIVATE KEY"):
            message = f"certificateAuthority holds a {label}: whoever reads this file can pose as the issuer"
            remedy = Remedy("keep the CERTIFICATE blocks alone, and replace the key and its certificate")
            yield Finding(entry.path.child("issuer", "certificateAuthority"), message, remedy)
