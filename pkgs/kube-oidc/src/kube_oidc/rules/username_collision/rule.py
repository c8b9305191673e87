"""Two issuers can produce the same user name."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Final
from urllib.parse import urlsplit

from kube_oidc.diagnostics import Severity
from kube_oidc.rules.engine.budget import TokenBudget
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.facts import Place
from kube_oidc.rules.engine.finding import Confidence, Finding, Remedy, RuleMetadata
from kube_oidc.rules.engine.issuer import Claims, IssuerUnderReview
from kube_oidc.rules.engine.name_template import Placeholder
from kube_oidc.rules.engine.reach import chosen, is_user_settable
from kube_oidc.rules.engine.tokens import literals, put

RULE: Final = RuleMetadata(
    id="username-collision",
    title="Two issuers can produce the same user name",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    source="https://kubernetes.io/docs/reference/access-authn-authz/authentication/",
)

_MAX_STEPS: Final = 200  # for one pair of issuers


def check(config: ConfigUnderReview) -> Iterator[Finding]:
    """Reports each issuer that can produce a user name that an earlier issuer can produce too."""
    made = [_users(entry) for entry in config.entries]
    reported: set[int] = set()
    for (first, users), (second, others) in combinations(enumerate(made), 2):
        pair = config.entries[first], config.entries[second]
        same = sorted(users.keys() & others.keys())
        if second in reported:
            continue
        if same:
            reported.add(second)
            yield _finding(*pair, same[0], others[same[0]])
        elif (crossing := _crossing(*pair)) is not None:
            reported.add(second)
            yield _finding(*pair, *crossing, sure=False)


def _finding(
    first: IssuerUnderReview, second: IssuerUnderReview, name: str, claims: Claims, *, sure: bool = True
) -> Finding:
    places = [*first.sources("username"), *second.sources("username")]
    sure = sure and all(chosen(place) or place == ("email",) for place in places)
    message = f"{first.model.issuer.url} (jwt[{first.position}]) can produce the same user name {name!r}"
    remedy = Remedy("use a separate prefix for each issuer")
    confidence = Confidence.HIGH if sure else Confidence.MEDIUM
    return Finding(second.mapping_path("username"), message, remedy, claims, confidence)


def _crossing(first: IssuerUnderReview, second: IssuerUnderReview) -> tuple[str, Claims] | None:
    """Returns a typical user name of one issuer that the other can produce too, and the second's claims for it."""
    hosts = [urlsplit(entry.model.issuer.url).netloc for entry in (first, second)]
    if first.provider.is_ci and second.provider.is_ci and hosts[0] == hosts[1]:
        return None  # two issuers of the same forge: repository names are unique there
    for maker, other in ((first, second), (second, first)):
        user = other.user(other.sample_claims) if other.sample_claims is not None else None
        claims = _becoming(maker, user.username) if user is not None else None
        if user is not None and claims is not None:
            return user.username, claims if maker is second else other.sample_claims or {}
    return None


def _becoming(entry: IssuerUnderReview, name: str) -> Claims | None:
    """Returns claims that map to this user name: of a job with the name, or a person who can choose it."""
    from kube_oidc.rules.engine.identities import Identities  # noqa: PLC0415 - only for two issuers

    identities = Identities(entry, TokenBudget(_MAX_STEPS))
    if entry.provider.is_ci:
        made = identities.can_produce("User", name)
        return made.claims if made is not None else None
    for form in identities.user_templates:
        filled = form.match_name(name)
        holes = [part for part in form.parts if isinstance(part, Placeholder)]
        if (
            filled
            and entry.sample_claims is not None
            and all(_may_be(entry, placeholder) for placeholder in holes)
        ):
            claims = entry.sample_claims
            for placeholder in holes:
                claims = put(claims, placeholder.place or (), filled[placeholder.name])
            user = entry.user(claims)
            if user is not None and user.username == name:
                return claims
    return None


def _may_be(entry: IssuerUnderReview, placeholder: Placeholder) -> bool:
    return placeholder.place is not None and is_user_settable(entry, placeholder.place)


def _users(entry: IssuerUnderReview) -> dict[str, Claims]:
    """Returns user names made of names that anyone can choose, with their claims."""
    users: dict[str, Claims] = {}
    for place in entry.sources("username"):
        if entry.sample_claims is not None and is_user_settable(entry, place):
            for name in _names(entry, place):
                claims = put(entry.sample_claims, place, name)
                user = entry.user(claims)
                if user is not None:
                    users.setdefault(user.username, claims)
    return users


def _names(entry: IssuerUnderReview, place: Place) -> Iterator[str]:
    if place == ("email",):
        yield "ada@example.org"
        yield from (f"ada{text}" for text in literals(entry) if text.startswith("@"))
    else:
        yield "ada"
        yield "ada@example.org"
