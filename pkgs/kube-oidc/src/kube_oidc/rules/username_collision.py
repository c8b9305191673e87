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

Prefixes of which one begins with the other meet as well: `b:ada` behind `a:` is `ada` behind
`a:b:`. So do a CI system and people, where one of them may be called `repo:my-org/site:…`.

Good: each issuer has its own.

      claimMappings: {username: {claim: preferred_username, prefix: "staff:"}}
      claimMappings: {username: {claim: preferred_username, prefix: "guests:"}}
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Final
from urllib.parse import urlsplit

from kube_oidc.diagnostics import Severity
from kube_oidc.rules.entry import Claims, Entry
from kube_oidc.rules.facts import Place
from kube_oidc.rules.finding import About, Confidence, Finding, Remedy
from kube_oidc.rules.forms import Hole
from kube_oidc.rules.reach import chosen, is_free
from kube_oidc.rules.subject import Subject
from kube_oidc.rules.tokens import literals, put

ABOUT: Final = About(
    "username-collision",
    "Two issuers can make the same user",
    Severity.WARNING,
    Confidence.HIGH,
    "https://kubernetes.io/docs/reference/access-authn-authz/authentication/",
    'services.kube-oidc.issuers.guests.claimMappings.username.prefix = "guests:";',
)

_TRIALS: Final = 200


def check(subject: Subject) -> Iterator[Finding]:
    """One finding for every entry that can make a user which an entry above it can make too."""
    made = [_users(entry) for entry in subject.entries]
    told: set[int] = set()
    for (first, users), (second, others) in combinations(enumerate(made), 2):
        pair = subject.entries[first], subject.entries[second]
        same = sorted(users.keys() & others.keys())
        if second in told:
            continue
        if same:
            told.add(second)
            yield _finding(*pair, same[0], others[same[0]])
        elif (crossing := _crossing(*pair)) is not None:
            told.add(second)
            yield _finding(*pair, *crossing, sure=False)


def _finding(first: Entry, second: Entry, name: str, claims: Claims, *, sure: bool = True) -> Finding:
    places = [*first.sources("username"), *second.sources("username")]
    sure = sure and all(chosen(place) or place == ("email",) for place in places)
    message = f"{first.model.issuer.url} (jwt[{first.position}]) can make the same user {name!r}"
    remedy = Remedy("give each issuer a prefix of its own")
    confidence = Confidence.HIGH if sure else Confidence.MEDIUM
    return Finding(second.mapping_path("username"), message, remedy, claims, confidence)


def _crossing(first: Entry, second: Entry) -> tuple[str, Claims] | None:
    """A usual user of one that the other can make as well, and the second's claims for it."""
    hosts = [urlsplit(entry.model.issuer.url).netloc for entry in (first, second)]
    if first.provider.is_ci and second.provider.is_ci and hosts[0] == hosts[1]:
        return None  # two issuers of one forge: a name there is one repository's
    for maker, other in ((first, second), (second, first)):
        user = other.user(other.ordinary) if other.ordinary is not None else None
        claims = _becoming(maker, user.username) if user is not None else None
        if user is not None and claims is not None:
            return user.username, claims if maker is second else other.ordinary or {}
    return None


def _becoming(entry: Entry, name: str) -> Claims | None:
    """The claims with which somebody becomes this user: a job of this name, or a person who may have the name."""
    from kube_oidc.rules.identities import Identities, Trials  # noqa: PLC0415 - for two issuers alone

    identities = Identities(entry, Trials(_TRIALS))
    if entry.provider.is_ci:
        made = identities.makes("User", name)
        return made.claims if made is not None else None
    for form in identities.user_forms:
        filled = form.taken_apart(name)
        holes = [part for part in form.parts if isinstance(part, Hole)]
        if filled and entry.ordinary is not None and all(_may_be(entry, hole) for hole in holes):
            claims = entry.ordinary
            for hole in holes:
                claims = put(claims, hole.place or (), filled[hole.name])
            user = entry.user(claims)
            if user is not None and user.username == name:
                return claims
    return None


def _may_be(entry: Entry, hole: Hole) -> bool:
    return hole.place is not None and is_free(entry, hole.place)


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
