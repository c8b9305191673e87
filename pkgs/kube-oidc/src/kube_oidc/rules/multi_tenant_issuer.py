"""The issuer's URL stands for every tenant, and no token is signed in its name.

Microsoft Entra's `common`, `organizations` and `consumers` are addresses to log in at. A token's
`iss` always has the tenant's own id in it, and their discovery document says so too
(`https://login.microsoftonline.com/{tenantid}/v2.0`). The API server compares `iss` with `url`
character by character: nobody comes in. Who answers by taking every tenant for granted lets in
whoever makes a tenant; the id in the URL is what says whose people these are.

Bad: every tenant.

    issuer:
      url: https://login.microsoftonline.com/common/v2.0

Good: one tenant, by its id; each further one has an entry of its own, with a prefix of its own.

    issuer:
      url: https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0

A placeholder that was left standing (`{tenant-id}`) is found in the same way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.rules.finding import About, Confidence, Finding, Remedy
from kube_oidc.rules.subject import Subject

ABOUT: Final = About(
    "multi-tenant-issuer",
    "The issuer's URL stands for every tenant",
    Severity.WARNING,
    Confidence.HIGH,
    "https://learn.microsoft.com/en-us/entra/identity-platform/claims-validation",
    "services.kube-oidc.issuers.entra = "
    '{ provider = "entra"; organization = "11111111-2222-3333-4444-555555555555"; };',
)
_HOSTS: Final = r"(login\.microsoftonline\.com|login\.microsoftonline\.us|sts\.windows\.net)"
_TENANTS: Final = r"(?P<tenant>common|organizations|consumers|\{[^}/]*\})"
_EVERYBODY: Final = re.compile(f"https://{_HOSTS}/{_TENANTS}(/.*)?")
_REMEDY: Final = Remedy(
    "name the tenant by its id, in an entry of its own for each:\n"
    "  issuer:\n    url: https://login.microsoftonline.com/YOUR-TENANT-ID/v2.0"
)


def check(subject: Subject) -> Iterator[Finding]:
    """One finding for every issuer URL that names all tenants, or a placeholder for one."""
    for entry in subject.entries:
        match = _EVERYBODY.fullmatch(entry.model.issuer.url)
        if match is not None:
            message = f"no token has this issuer: where {match['tenant']!r} stands, iss has the tenant's id"
            yield Finding(entry.path.child("issuer", "url"), message, _REMEDY)
