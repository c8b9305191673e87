"""Two issuers can make the same user.

User names are all that RBAC sees. Where two entries map to names in the same way, `ada` of one
issuer and `ada` of the other are one user, with the rights of both. Whoever may choose a name at
the weaker issuer has what the stronger one's user was given.

Bad: the same prefix twice.

    jwt:
    - issuer: {url: "https://sso.example.org/realms/staff", audiences: [kubernetes]}
      claimMappings: {username: {claim: preferred_username, prefix: "oidc:"}}
    - issuer: {url: "https://sso.example.org/realms/guests", audiences: [kubernetes]}
      claimMappings: {username: {claim: preferred_username, prefix: "oidc:"}}

Good: each issuer has its own.

      claimMappings: {username: {claim: preferred_username, prefix: "staff:"}}
      claimMappings: {username: {claim: preferred_username, prefix: "guests:"}}
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.findings.facts import Place
from kube_oidc.findings.finding import About, Confidence, Finding, Remedy
from kube_oidc.findings.reach import chosen, is_free
from kube_oidc.findings.subject import Claims, Entry, Subject
from kube_oidc.findings.tokens import literals, put

ABOUT: Final = About(
    "username-collision",
    "Two issuers can make the same user",
    Severity.WARNING,
    Confidence.HIGH,
    "https://kubernetes.io/docs/reference/access-authn-authz/authentication/",
    'services.kube-oidc.issuers.guests.claimMappings.username.prefix = "guests:";',
)


def check(subject: Subject) -> Iterator[Finding]:
    """One finding for every entry that can make a user which an entry above it can make too."""
    made = [_users(entry) for entry in subject.entries]
    told: set[int] = set()
    for (first, users), (second, others) in combinations(enumerate(made), 2):
        same = sorted(users.keys() & others.keys())
        if same and second not in told:
            told.add(second)
            yield _finding(subject.entries[first], subject.entries[second], same[0], others[same[0]])


def _finding(first: Entry, second: Entry, name: str, claims: Claims) -> Finding:
    places = [*first.sources("username"), *second.sources("username")]
    sure = all(chosen(place) or place == ("email",) for place in places)
    message = f"{first.model.issuer.url} (jwt[{first.position}]) can make the same user {name!r}"
    remedy = Remedy("give each issuer a prefix of its own")
    confidence = Confidence.HIGH if sure else Confidence.MEDIUM
    return Finding(second.mapping_path("username"), message, remedy, claims, confidence)


def _users(entry: Entry) -> dict[str, Claims]:
    """Users that the entry can make of names anybody may have, and the claims they are made of."""
    users: dict[str, Claims] = {}
    for place in entry.sources("username"):
        if entry.ordinary is not None and is_free(entry, place):
            for name in _names(entry, place):
                claims = put(entry.ordinary, place, name)
                user = entry.user(claims)
                if user is not None:
                    users.setdefault(user.username, claims)
    return users


def _names(entry: Entry, place: Place) -> Iterator[str]:
    if place == ("email",):
        yield "ada@example.org"
        yield from (f"ada{text}" for text in literals(entry) if text.startswith("@"))
    else:
        yield "ada"
        yield "ada@example.org"
