"""The issuer's URL is the address of its discovery document.

The API server adds `/.well-known/openid-configuration` to the issuer's URL by itself, and compares
the URL with the token's `iss` character by character. With the document's own address in `url` it
finds nothing, and no token ever fits.

Bad: the document.

    issuer:
      url: https://sso.example.org/realms/main/.well-known/openid-configuration

Good: the issuer, as `iss` has it.

    issuer:
      url: https://sso.example.org/realms/main

Where the document lies elsewhere, its whole address goes into `discoveryURL`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.rules.finding import About, Confidence, Finding, Remedy
from kube_oidc.rules.subject import Subject

ABOUT: Final = About(
    "issuer-url-well-known",
    "The issuer's URL names its discovery document",
    Severity.WARNING,
    Confidence.HIGH,
    "https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig",
    'services.kube-oidc.issuers.sso.url = "https://sso.example.org/realms/main";',
)
_SUFFIX: Final = "/.well-known/openid-configuration"


def check(subject: Subject) -> Iterator[Finding]:
    """One finding for every issuer URL that ends in the document's path."""
    for entry in subject.entries:
        url = entry.model.issuer.url
        if url.rstrip("/").endswith(_SUFFIX):
            message = "this is the address of the discovery document, so no token's iss can equal it"
            remedy = Remedy(f"issuer:\n    url: {url.rstrip('/').removesuffix(_SUFFIX)}")
            yield Finding(entry.path.child("issuer", "url"), message, remedy)
