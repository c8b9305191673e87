"""Token can be a system: user."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.model import UserInfo, UserValidationRule
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.finding import Confidence, Finding, Remedy, RuleMetadata
from kube_oidc.rules.engine.issuer import IssuerUnderReview
from kube_oidc.rules.engine.reach import SYSTEM, chosen, is_user_settable, reaching

RULE: Final = RuleMetadata(
    id="system-username",
    title="Token can be a system: user",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    source="https://kubernetes.io/docs/reference/access-authn-authz/authentication/",
)
GUARD: Final = UserValidationRule(
    "!user.username.startsWith('system:')", "user names must not begin with system:"
)
_NAMES: Final = ("system:admin", "system:node:worker", "system:serviceaccount:kube-system:default")


def check(config: ConfigUnderReview) -> Iterator[Finding]:
    """Reports issuers whose user names can start with `system:`."""
    for entry in config.entries:
        yield from _entry(entry)


def _entry(entry: IssuerUnderReview) -> Iterator[Finding]:
    places = [place for place in entry.sources("username") if is_user_settable(entry, place)]
    claims = reaching(entry, "username", places, _NAMES, _is_system)
    if claims is None:
        yield from _given(entry)
        return
    user = entry.user(claims)
    assert user is not None
    message = f"a token can have the user name {user.username!r}, which Kubernetes uses itself"
    confidence = Confidence.HIGH if any(chosen(place) for place in places) else Confidence.MEDIUM
    if user.username not in _NAMES:
        message = f"a token can have the user name {user.username!r}, whose prefix is reserved for Kubernetes"
        confidence = Confidence.LOW
    note = "refuse such names (or set a prefix, which changes every user name):"
    remedy = Remedy(note, user_rules=(GUARD,))
    yield Finding(entry.mapping_path("username"), message, remedy, claims, confidence)


def _given(entry: IssuerUnderReview) -> Iterator[Finding]:
    """Reports a mapping that adds the prefix `system:` itself."""
    user = entry.user(entry.sample_claims) if entry.sample_claims is not None else None
    if user is not None and _is_system(user):
        message = (
            f"every token gets a user name like {user.username!r}, whose prefix is reserved for Kubernetes: "
            "bindings of service accounts or nodes may apply to it"
        )
        remedy = Remedy("use a prefix of your own, for example github: (changes every user name)")
        yield Finding(entry.mapping_path("username"), message, remedy, entry.sample_claims, Confidence.MEDIUM)


def _is_system(user: UserInfo) -> bool:
    return user.username.startswith(SYSTEM)
