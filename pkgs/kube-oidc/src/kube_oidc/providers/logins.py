"""The token that a person gets, from the provider's file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from kube_oidc.providers.made_token import MadeToken
from kube_oidc.providers.provider import Provider

_NAMES: Final = ("preferred_username", "username", "cognito:username")
_OWN: Final = frozenset({*_NAMES, "email", "email_verified", "groups", "name"})


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who logs in; an empty text is unknown."""

    email: str = ""
    username: str = ""
    groups: tuple[str, ...] = ()


def token_of_person(
    provider: Provider, url: str, audience: str, person: Person, group_claims: Iterable[str]
) -> MadeToken:
    """The person's token; `group_claims` are claims that the file expects groups in.

    The subject is a stand-in, as the provider assigns it.
    """
    groups = {*group_claims, str(provider.facts.get("groups", {}).get("claim", "groups"))} - {""}
    claims: dict[str, Any] = {
        name: value for name, value in provider.example.items() if name not in _OWN and name not in groups
    }
    claims |= {"iss": url, "aud": audience, "sub": "SUBJECT"}
    if person.email:
        claims |= {"email": person.email, "email_verified": True}
    if person.username:
        claims |= {name: person.username for name in _NAMES if name == _NAMES[0] or name in provider.claims}
    if person.groups:
        claims |= {name: list(person.groups) for name in groups}
    return MadeToken(provider.title, claims, ("sub",))
