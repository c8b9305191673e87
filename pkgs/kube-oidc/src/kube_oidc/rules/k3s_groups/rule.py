"""Token can be in k3s:server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.model import UserInfo, UserValidationRule
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.finding import Confidence, Finding, Remedy, RuleMetadata
from kube_oidc.rules.engine.issuer import IssuerUnderReview
from kube_oidc.rules.engine.reach import is_user_settable, reaching

RULE: Final = RuleMetadata(
    id="k3s-groups",
    title="Token can be in k3s:server",
    severity=Severity.WARNING,
    confidence=Confidence.LOW,
    source="https://github.com/k3s-io/k3s/blob/main/pkg/server/handlers/router.go",
)
GUARD: Final = UserValidationRule(
    "user.groups.all(group, !group.startsWith('k3s:'))", "groups must not begin with k3s:"
)
_OPENS: Final = {"k3s:server": "the cluster's CA keys", "k3s:agent": "the certificates of a node"}


def check(config: ConfigUnderReview) -> Iterator[Finding]:
    """Reports issuers whose groups can be one of k3s' own, unless system-groups says so already."""
    for entry in config.entries:
        if "system-groups" not in entry.reported:
            yield from _entry(entry)


def _entry(entry: IssuerUnderReview) -> Iterator[Finding]:
    places = [place for place in entry.sources("groups") if is_user_settable(entry, place)]
    claims = reaching(entry, "groups", places, _OPENS, lambda user: _own(user) is not None)
    user = entry.user(claims) if claims is not None else None
    group = _own(user) if user is not None else None
    if group is None:
        return
    message = f"a token can be in the group {group!r}, which gets {_OPENS[group]} on k3s and rke2"
    note = "on these, refuse such groups (or set a prefix, which changes every group name):"
    yield Finding(entry.mapping_path("groups"), message, Remedy(note, user_rules=(GUARD,)), claims)


def _own(user: UserInfo) -> str | None:
    return next((group for group in user.groups if group in _OPENS), None)
