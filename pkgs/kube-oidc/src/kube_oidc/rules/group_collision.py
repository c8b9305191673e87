"""Two issuers can put people into the same group.

RBAC sees the name of a group and not where it comes from. Where two entries map groups in the same
way, `deployers` of one issuer and `deployers` of the other are one group: whoever hands out groups
at the weaker issuer hands out what was granted to the stronger one's.

Bad: the same prefix twice.

    jwt:
    - issuer: {url: "https://sso.example.org/realms/staff", audiences: [kubernetes]}
      claimMappings:
        groups: {claim: groups, prefix: "oidc:"}
    - issuer: {url: "https://sso.example.org/realms/guests", audiences: [kubernetes]}
      claimMappings:
        groups: {claim: groups, prefix: "oidc:"}

Good: each issuer has its own.

        groups: {claim: groups, prefix: "staff:"}
        groups: {claim: groups, prefix: "guests:"}
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.model import UserInfo
from kube_oidc.rules.entry import Claims, Entry
from kube_oidc.rules.finding import About, Confidence, Finding, Remedy
from kube_oidc.rules.reach import is_free, reaching
from kube_oidc.rules.subject import Subject

ABOUT: Final = About(
    "group-collision",
    "Two issuers can put people into the same group",
    Severity.WARNING,
    Confidence.MEDIUM,
    "https://kubernetes.io/docs/reference/access-authn-authz/authentication/",
    'services.kube-oidc.issuers.guests.claimMappings.groups.prefix = "guests:";',
)
_NAME: Final = "admins"


def check(subject: Subject) -> Iterator[Finding]:
    """One finding for every entry that can make a group which an entry above it can make too."""
    told: set[int] = set()
    made = [_made(entry) for entry in subject.entries]
    for (first, group), (second, other) in combinations(enumerate(made), 2):
        if group is not None and other is not None and group[0] == other[0] and second not in told:
            told.add(second)
            yield _finding(subject.entries[first], subject.entries[second], *other)


def _finding(first: Entry, second: Entry, group: str, claims: Claims) -> Finding:
    message = f"{first.model.issuer.url} (jwt[{first.position}]) can put people into the same group {group!r}"
    return Finding(
        second.mapping_path("groups"),
        message,
        Remedy("give each issuer's groups a prefix of its own"),
        claims,
    )


def _made(entry: Entry) -> tuple[str, Claims] | None:
    """The group that somebody in `admins` is in, and the claims of such a token."""
    prefix = entry.model.claim_mappings.groups.prefix or ""
    places = [place for place in entry.sources("groups") if is_free(entry, place)]
    claims = reaching(entry, "groups", places, (prefix + _NAME,), _is_named)
    user = entry.user(claims) if claims is not None else None
    if claims is None or user is None:
        return None
    return next(group for group in user.groups if group.endswith(_NAME)), claims


def _is_named(user: UserInfo) -> bool:
    return any(group.endswith(_NAME) for group in user.groups)
