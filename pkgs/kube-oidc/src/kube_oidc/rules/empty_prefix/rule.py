"""User names without a prefix."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.model import PrefixedClaimOrExpression, UserInfo
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.finding import Confidence, Finding, Remedy, RuleMetadata
from kube_oidc.rules.engine.issuer import IssuerUnderReview
from kube_oidc.rules.engine.reach import chosen, is_user_settable, reaching

RULE: Final = RuleMetadata(
    id="empty-prefix",
    title="User names without a prefix",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    source="https://kubernetes.io/docs/reference/access-authn-authz/authentication/",
)
_ADMIN: Final = "kubernetes-admin"


def check(config: ConfigUnderReview) -> Iterator[Finding]:
    """Reports issuers whose tokens can have the user name of a client certificate."""
    for entry in config.entries:
        yield from _entry(entry)


def _entry(entry: IssuerUnderReview) -> Iterator[Finding]:
    places = [place for place in entry.sources("username") if is_user_settable(entry, place)]
    if ("email",) in places:
        return  # Kubernetes' own user names are not addresses
    claims = reaching(entry, "username", places, (_ADMIN,), _is_admin)
    if claims is None:
        return
    mapping = entry.model.claim_mappings.username
    message = (
        f"a token can have the user name {_ADMIN!r}, as a client certificate can: no prefix tells them apart"
    )
    remedy = Remedy(
        "set a prefix (changes every user name):",
        username=None if mapping.expression else PrefixedClaimOrExpression(mapping.claim, "oidc:"),
    )
    sure = any(chosen(place) for place in places)
    confidence = Confidence.MEDIUM if sure else Confidence.LOW
    yield Finding(entry.mapping_path("username"), message, remedy, claims, confidence)


def _is_admin(user: UserInfo) -> bool:
    return user.username == _ADMIN
