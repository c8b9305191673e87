"""User names stand as the token has them, beside names that other ways in give out.

Client certificates, service accounts and other issuers make users too. `kubernetes-admin` is the
user of many a cluster's first kubeconfig. Without a prefix, a token may be such a user, and nobody
who reads a binding or an audit log can see which of them it was.

Bad: no prefix.

    claimMappings:
      username: {claim: preferred_username, prefix: ""}

Good: one that names the issuer.

    claimMappings:
      username: {claim: preferred_username, prefix: "sso:"}

A prefix changes every name: rename the subjects of the bindings with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.model import PrefixedClaimOrExpression, UserInfo
from kube_oidc.rules.entry import Entry
from kube_oidc.rules.finding import About, Confidence, Finding, Remedy
from kube_oidc.rules.reach import chosen, is_free, reaching
from kube_oidc.rules.subject import Subject

ABOUT: Final = About(
    "empty-prefix",
    "User names without a prefix",
    Severity.WARNING,
    Confidence.MEDIUM,
    "https://kubernetes.io/docs/reference/access-authn-authz/authentication/",
    'services.kube-oidc.issuers.sso.claimMappings.username.prefix = "sso:";',
)
_ADMIN: Final = "kubernetes-admin"


def check(subject: Subject) -> Iterator[Finding]:
    """One finding for every entry whose token can be the user of a client certificate."""
    for entry in subject.entries:
        yield from _entry(entry)


def _entry(entry: Entry) -> Iterator[Finding]:
    places = [place for place in entry.sources("username") if is_free(entry, place)]
    if ("email",) in places:
        return  # an address is no name of Kubernetes' own
    claims = reaching(entry, "username", places, (_ADMIN,), _is_admin)
    if claims is None:
        return
    mapping = entry.model.claim_mappings.username
    message = f"a token can become {_ADMIN!r}, the user of a client certificate: no prefix tells them apart"
    remedy = Remedy(
        "set a prefix (which changes every name):",
        username=None if mapping.expression else PrefixedClaimOrExpression(mapping.claim, "oidc:"),
    )
    sure = any(chosen(place) for place in places)
    confidence = Confidence.MEDIUM if sure else Confidence.LOW
    yield Finding(entry.mapping_path("username"), message, remedy, claims, confidence)


def _is_admin(user: UserInfo) -> bool:
    return user.username == _ADMIN
