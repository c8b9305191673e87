"""Two issuers can produce the same group."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, permutations
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.model import UserInfo
from kube_oidc.rules.engine.attacker import constant_groups
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.finding import Confidence, Finding, Remedy, RuleMetadata
from kube_oidc.rules.engine.issuer import Claims, IssuerUnderReview
from kube_oidc.rules.engine.reach import is_user_settable, reaching

RULE: Final = RuleMetadata(
    id="group-collision",
    title="Two issuers can produce the same group",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    source="https://kubernetes.io/docs/reference/access-authn-authz/authentication/",
)
_NAME: Final = "admins"


def check(config: ConfigUnderReview) -> Iterator[Finding]:
    """Reports each issuer that can produce a group that an earlier issuer can produce too."""
    reported: set[int] = set()
    made = [_made(entry) for entry in config.entries]
    for (first, group), (second, other) in combinations(enumerate(made), 2):
        if group is not None and other is not None and group[0] == other[0] and second not in reported:
            reported.add(second)
            yield _finding(config.entries[first], config.entries[second], *other)
    for named, reached in permutations(config.entries, 2):
        given = _given(named, reached) if reached.position not in reported else None
        if given is not None:
            reported.add(reached.position)
            yield _finding(named, reached, *given)


def _given(first: IssuerUnderReview, second: IssuerUnderReview) -> tuple[str, Claims] | None:
    """Returns a group that the first issuer's expression names, and claims with which the second gives it too."""
    names = [name for name in constant_groups(first) if name not in constant_groups(second)]
    places = [place for place in second.sources("groups") if is_user_settable(second, place)]
    for name in names:

        def is_member(user: UserInfo, name: str = name) -> bool:
            return name in user.groups

        claims = reaching(second, "groups", places, (name,), is_member)
        if claims is not None:
            return name, claims
    return None


def _finding(first: IssuerUnderReview, second: IssuerUnderReview, group: str, claims: Claims) -> Finding:
    message = f"{first.model.issuer.url} (jwt[{first.position}]) can produce the same group {group!r}"
    return Finding(
        second.mapping_path("groups"),
        message,
        Remedy("use a separate groups prefix for each issuer"),
        claims,
    )


def _made(entry: IssuerUnderReview) -> tuple[str, Claims] | None:
    """Returns the group that members of `admins` get, and the claims of such a token."""
    prefix = entry.model.claim_mappings.groups.prefix or ""
    places = [place for place in entry.sources("groups") if is_user_settable(entry, place)]
    claims = reaching(entry, "groups", places, (prefix + _NAME,), _is_named)
    user = entry.user(claims) if claims is not None else None
    if claims is None or user is None:
        return None
    return next(group for group in user.groups if group.endswith(_NAME)), claims


def _is_named(user: UserInfo) -> bool:
    return any(group.endswith(_NAME) for group in user.groups)
