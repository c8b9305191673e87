"""The provider behind an issuer URL, and what its file (files.py) says about its tokens."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Final

from kube_oidc.providers.files import providers

_PERSONAL: Final = frozenset({"email", "email_verified", "groups", "name", "preferred_username"})
_REGISTERED: Final = frozenset({"iss", "aud", "exp", "iat", "nbf", "jti"})
_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Provider:
    """What is known about an issuer's tokens.

    `shared`: strangers get tokens from the same URL. `known`: its provider has a file. `parameters`: the parts of
    its URL, such as the host, by name.
    """

    facts: Mapping[str, Any]
    shared: bool = False
    known: bool = True
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The name shown in messages."""
        return str(self.facts["title"])

    @property
    def is_ci(self) -> bool:
        """Are its tokens those of CI jobs?"""
        return bool(self.facts["kind"] == "ci")

    @property
    def claims(self) -> Mapping[str, Mapping[str, Any]]:
        """What the file says about each claim (schema.json: claims)."""
        claims: Mapping[str, Mapping[str, Any]] = self.facts["claims"]
        return claims

    @property
    def trust(self) -> Mapping[str, str]:
        """The claim behind each option of `trust`: `owners`, `repositories`, `refs` …"""
        trust: Mapping[str, str] = self.facts["trust"]
        return trust

    @property
    def example(self) -> dict[str, Any]:
        """The claims of a token as the provider documents it."""
        return dict(self.facts["example"])

    @property
    def example_repository(self) -> str:
        """The repository of the example token as `workload.repository` writes it, or an empty string."""
        return str(self.facts.get("exampleWorkload", {}).get("repository", ""))

    @property
    def subjects(self) -> tuple[Mapping[str, Any], ...]:
        """Every format of `sub` (schema.json: subjects)."""
        return tuple(self.facts["subjects"])

    @property
    def has_custom_subjects(self) -> bool:
        """Can a repository's administrators change the format of `sub`?"""
        return bool(self.facts["customSubjects"])

    @property
    def has_custom_claims(self) -> bool:
        """Can an administrator add claims?"""
        return bool(self.facts.get("customClaims", not self.is_ci))

    @property
    def event_claim(self) -> str:
        """The claim that names the event, or an empty string."""
        return str(self.facts.get("events", {}).get("claim", ""))

    @property
    def default_events(self) -> list[str]:
        """The events that people with write access start."""
        return list(self.facts.get("events", {}).get("default", ()))

    @property
    def refused_events(self) -> Mapping[str, Mapping[str, Any]]:
        """The events that strangers can start (schema.json: events.refused)."""
        refused: Mapping[str, Mapping[str, Any]] = self.facts.get("events", {}).get("refused", {})
        return refused

    @property
    def strangers(self) -> tuple[Mapping[str, Any], ...]:
        """Accounts that anyone can create there (schema.json: strangers)."""
        return tuple(self.facts.get("strangers", ()))

    @property
    def name_separators(self) -> tuple[str, ...]:
        """Characters that names of owners and of repositories can both contain."""
        return tuple(self.facts.get("nameSeparators", ("-",)))

    @property
    def token_lifetime(self) -> int:
        """How long its tokens are valid by default, in seconds."""
        return int(self.facts.get("tokenLifetimeSeconds", 3600))

    @property
    def lifetime_chosen_by(self) -> str:
        """Who can change it: the `provider` only, the `job` that requests a token, or the `issuer`'s settings."""
        return str(self.facts.get("tokenLifetimeChosenBy", "issuer"))

    def type_of(self, claim: str) -> str | None:
        """`string`, `boolean`, `number`, `list` or `map`; None if unknown."""
        return self.claims.get(claim, {}).get("type")

    def carries(self, claim: str) -> bool:
        """Can a token have this claim? True for issuers without a provider file."""
        prefixes = tuple(self.facts.get("claimPrefixes", ()))
        return not self.known or claim in self.claims or claim in _REGISTERED or claim.startswith(prefixes)

    def is_user_controlled(self, claim: str) -> bool:
        """Does someone other than the issuer and the owner choose the value?"""
        return self.claims.get(claim, {}).get("controlledBy", "issuer") not in ("issuer", "owner")

    def claims_of_format(self, *formats: str) -> tuple[str, ...]:
        """The claims whose text is of one of these formats: `id`, `user`, `text` …"""
        return tuple(name for name, known in self.claims.items() if known.get("format") in formats)

    def default_audience(self, audience: str) -> Mapping[str, Any] | None:
        """The entry of `defaultAudiences` that this audience is, or None."""
        for entry in self.facts.get("defaultAudiences", ()):
            if _pattern(entry["template"], self.parameters).fullmatch(audience):
                found: Mapping[str, Any] = entry
                return found
        return None


_EXAMPLE: Final[dict[str, Any]] = {
    "sub": "3fa4c0de-7f0a-4f63-9e9f-2d6a7c1f8b11",
    "name": "Ada",
    "preferred_username": "ada",
    "username": "ada",
    "email": "ada@example.org",
    "email_verified": True,
    "groups": ["deployers"],
    "iat": 1767225600,
    "nbf": 1767225600,
    "exp": 1767227400,
}
_GENERIC: Final = Provider(
    {
        "title": "an issuer for people",
        "kind": "people",
        "claims": {},
        "trust": {},
        "subjects": (),
        "customSubjects": False,
        "example": _EXAMPLE,
    },
    known=False,
)


def provider_of(url: str) -> Provider:
    """The provider of an issuer URL; a generic one if the URL doesn't identify it.

    A host's name is only a hint: then just its claims are known.
    """
    for name, facts in providers().items():
        for pattern in facts["urls"]:
            match = _url_regex(pattern).fullmatch(url) if _is_specific(pattern) else None
            if match is not None and "hostPrefix" in pattern:
                return _with_claims_of(name)
            if match is not None:
                parameters = match.groupdict()
                shared = set(parameters.values()) & set(facts.get("sharedOrganizations", ()))
                return Provider(facts, bool(pattern["shared"] or shared), parameters=parameters)
    return _GENERIC


@cache
def _with_claims_of(name: str) -> Provider:
    return replace(_GENERIC, facts={**_GENERIC.facts, "claims": providers()[name]["claims"]})


def provider_with_id(name: str, url: str) -> Provider:
    """This provider at a URL that doesn't identify it (a self-hosted forge), with the URL's parameters if it fits."""
    facts = providers()[name]
    for pattern in facts["urls"]:
        match = _url_regex(pattern).fullmatch(url)
        if match is not None:
            return Provider(facts, bool(pattern["shared"]), parameters=match.groupdict())
    return Provider(facts)


def service_of(provider: Provider, url: str, audience: str) -> str | None:
    """The service whose tokens have this audience, in words; None if it is neither a known one nor the issuer's API."""
    for facts in providers().values():
        for entry in facts.get("serviceAudiences", ()):
            is_asked = not entry.get("sameIssuer") or facts is provider.facts
            if is_asked and re.fullmatch(entry["pattern"], audience):
                return str(entry["service"])
    return "the issuer's own API" if _is_api(url, audience) else None


def _is_api(url: str, audience: str) -> bool:
    """Whether it is the API of the issuer's host: access tokens have it as aud (Auth0, Okta, forges)."""
    host = re.match(r"https?://[^/]+", url)
    path = audience.removeprefix(host[0]) if host is not None and audience.startswith(host[0]) else ""
    is_api = re.fullmatch(r"(?:/.*)?/(?:userinfo|api/v\d+|api/graphql)/?", path) is not None
    return is_api or audience in ("https://api.github.com", "https://api.github.com/")


def tenant_url(url: str) -> tuple[str, str] | None:
    """For a URL without a tenant (schema.json: tenantUrls): the part in its place, and a URL to write instead."""
    for facts in providers().values():
        if "tenantUrls" in facts:
            match = re.fullmatch(facts["tenantUrls"]["pattern"], url)
            if match is not None:
                return match["tenant"], facts["tenantUrls"]["example"]
    return None


def is_personal(claim: str) -> bool:
    """Is it a claim that only tokens of people have?"""
    return claim in _PERSONAL


def _is_specific(pattern: Mapping[str, Any]) -> bool:
    """`https://{host}` matches every URL, so it doesn't identify a provider."""
    return bool(pattern["url"] != "https://{host}" or {"hostPrefix", "hostSuffix"} & set(pattern))


def _url_regex(pattern: Mapping[str, Any]) -> re.Pattern[str]:
    return _host_regex(pattern["url"], pattern.get("hostPrefix", ""), pattern.get("hostSuffix", ""))


@cache
def _host_regex(url: str, prefix: str, suffix: str) -> re.Pattern[str]:
    """Every file's issuers are compared with every provider's URLs."""
    text = ""
    for position, part in enumerate(_PLACEHOLDER.split(url.rstrip("/"))):
        ends = [re.escape(prefix), re.escape(suffix)] if part == "host" else ["", ""]
        text += f"(?P<{part}>{ends[0]}[^/]+{ends[1]})" if position % 2 else re.escape(part)
    return re.compile(text + "/?")


def _pattern(template: str, values: Mapping[str, str]) -> re.Pattern[str]:
    """The texts of a template: a known placeholder is its value, any other is text without a slash."""
    parts = _PLACEHOLDER.split(template)
    return re.compile(
        "".join(
            (re.escape(values[part]) if part in values else "[^/]+") if position % 2 else re.escape(part)
            for position, part in enumerate(parts)
        )
    )
