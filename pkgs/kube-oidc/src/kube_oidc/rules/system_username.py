"""A token can become a user whose name begins with `system:`.

Kubernetes' own components are users named `system:…` (`system:kube-controller-manager`,
`system:node:NAME`, `system:serviceaccount:NAMESPACE:NAME`), and RBAC grants them what they need. A
user name that comes from a token without a prefix can be one of these: the issuer, or whoever
chooses a name there, decides.

Bad: the claim is the name.

    claimMappings:
      username: {claim: preferred_username, prefix: ""}

Good: a prefix, or a rule that refuses.

    claimMappings:
      username: {claim: preferred_username, prefix: "oidc:"}

    userValidationRules:
    - expression: "!user.username.startsWith('system:')"
      message: user names must not begin with system:
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.model import UserInfo, UserValidationRule
from kube_oidc.rules.entry import Entry
from kube_oidc.rules.finding import About, Confidence, Finding, Remedy
from kube_oidc.rules.reach import SYSTEM, chosen, is_free, reaching
from kube_oidc.rules.subject import Subject

ABOUT: Final = About(
    "system-username",
    "A token can become a system: user",
    Severity.WARNING,
    Confidence.HIGH,
    "https://kubernetes.io/docs/reference/access-authn-authz/authentication/",
    'services.kube-oidc.issuers.sso.claimMappings.username.prefix = "sso:";',
)
GUARD: Final = UserValidationRule(
    "!user.username.startsWith('system:')", "user names must not begin with system:"
)
_NAMES: Final = ("system:admin", "system:node:worker", "system:serviceaccount:kube-system:default")


def check(subject: Subject) -> Iterator[Finding]:
    """One finding for every entry whose user names may begin with `system:`."""
    for entry in subject.entries:
        yield from _entry(entry)


def _entry(entry: Entry) -> Iterator[Finding]:
    places = [place for place in entry.sources("username") if is_free(entry, place)]
    claims = reaching(entry, "username", places, _NAMES, _is_system)
    if claims is None:
        yield from _given(entry)
        return
    user = entry.user(claims)
    assert user is not None
    message = f"a token can become the user {user.username!r}, one of Kubernetes' own names"
    confidence = Confidence.HIGH if any(chosen(place) for place in places) else Confidence.MEDIUM
    if user.username not in _NAMES:
        message = (
            f"a token can become the user {user.username!r}, whose beginning is kept for Kubernetes' own"
        )
        confidence = Confidence.LOW
    note = "refuse such names (or set a prefix, which changes every name):"
    remedy = Remedy(note, user_rules=(GUARD,))
    yield Finding(entry.mapping_path("username"), message, remedy, claims, confidence)


def _given(entry: Entry) -> Iterator[Finding]:
    """The mapping itself puts `system:` before the name."""
    user = entry.user(entry.ordinary) if entry.ordinary is not None else None
    if user is not None and _is_system(user):
        message = (
            f"every token becomes a user like {user.username!r}, whose beginning is kept for Kubernetes' own: "
            "a binding of a ServiceAccount or a node may be theirs"
        )
        remedy = Remedy("take a beginning of your own, github: for example (which changes every name)")
        yield Finding(entry.mapping_path("username"), message, remedy, entry.ordinary, Confidence.MEDIUM)


def _is_system(user: UserInfo) -> bool:
    return user.username.startswith(SYSTEM)
