"""Constructs tokens that get a wanted user name or group."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from kube_oidc.model import UserInfo
from kube_oidc.rules.engine.facts import Place
from kube_oidc.rules.engine.issuer import Claims, IssuerUnderReview, token_model
from kube_oidc.rules.engine.tokens import get, is_missing, literals, put

_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SYSTEM: Final = "system:"
_OWN: Final = SYSTEM + "masters"
# Names that users or administrators choose freely.
_CHOSEN: Final = frozenset(
    {
        "preferred_username",
        "username",
        "user",
        "name",
        "nickname",
        "login",
        "upn",
        "groups",
        "roles",
        "cn",
        "uid",
    }
)


def is_user_settable(entry: IssuerUnderReview, place: Place) -> bool:
    """Can users set this claim to any text, as far as is known?"""
    claim = place[0]
    if claim in ("iss", "aud", "exp", "iat", "nbf"):
        return False
    known = entry.provider.claims.get(claim)
    if entry.provider.is_ci:
        return known is not None and entry.provider.is_user_controlled(claim) and _may_be_any(entry, claim)
    if known is None:
        return entry.provider.has_custom_claims
    if claim == "email":
        return known.get("verified") != "always"
    return known["type"] != "string" or bool(known["mutable"] or entry.provider.is_user_controlled(claim))


def _may_be_any(entry: IssuerUnderReview, claim: str) -> bool:
    """Does the claim's format allow a name of Kubernetes' own?"""
    known = token_model(entry).claims[claim]
    return known.types == ("string",) and (not known.pattern or bool(re.fullmatch(known.pattern, _OWN)))


def chosen(place: Place) -> bool:
    """Is it a freely chosen name, not an address or an ID?"""
    return place[-1] in _CHOSEN


def are_ids(entry: IssuerUnderReview, place: Place) -> bool:
    """Does this provider's claim contain IDs unless it is configured to send names?"""
    usual = get(entry.provider.example, place)
    return isinstance(usual, list) and bool(usual) and all(_ID.fullmatch(str(one)) for one in usual)


def reaching(
    entry: IssuerUnderReview,
    mapping: str,
    places: Iterable[Place],
    names: Iterable[str],
    reached: Callable[[UserInfo], bool],
) -> Claims | None:
    """Returns the claims of a token whose user `reached` accepts; None if none was found."""
    sample_claims = entry.sample_claims
    if sample_claims is None:
        return None
    prefix = getattr(entry.model.claim_mappings, mapping).prefix or ""
    places = tuple(places)
    for name in names:
        if not name.startswith(prefix):
            continue
        for place in places:
            for value in claim_values_for(entry, sample_claims, place, name.removeprefix(prefix)):
                claims = put(sample_claims, place, value)
                if entry.becomes(claims, reached):
                    return claims
    return None


def claim_values_for(
    entry: IssuerUnderReview, sample_claims: Claims, place: Place, name: str
) -> Iterator[Any]:
    """Yields `name` in every form that the claim can have: a string, in a list with other elements, with a domain."""
    now = get(sample_claims, place)
    if isinstance(now, dict):
        yield now | {name: "value"}
        return
    if isinstance(now, list):
        name += _domain(entry, place)
        yield [*now, name]
        yield [name]
    else:
        yield name
        if place[0] == "groups" or is_missing(now):
            yield [name]
        if isinstance(now, str):
            yield f"{now},{name}"
            yield from (name + text for text in literals(entry) if text.startswith(("@", ".")))
            yield from (f"{name}@{text}" for text in literals(entry) if "." in text and "@" not in text)
        yield [name]


def _domain(entry: IssuerUnderReview, place: Place) -> str:
    """Returns `@idm.example.org` if every group of this provider has a domain; empty otherwise."""
    usual = get(entry.provider.example, place)
    if entry.provider.known and isinstance(usual, list) and usual and all("@" in str(one) for one in usual):
        return "@" + str(usual[0]).partition("@")[2]
    return ""
