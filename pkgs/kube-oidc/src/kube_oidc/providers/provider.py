"""Which kind of issuer a URL names, and what is known of its tokens (kube_oidc/providers/*.json)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from kube_oidc.data import folder

_PEOPLE: Final = frozenset({"email", "email_verified", "groups", "name", "preferred_username"})


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider's facts; `shared` says that strangers use this very issuer too."""

    id: str
    facts: dict[str, Any]
    shared: bool = False
    known: bool = True

    @property
    def title(self) -> str:
        """The provider's name for people."""
        return str(self.facts["title"])

    @property
    def is_ci(self) -> bool:
        """Are its tokens those of CI jobs?"""
        return bool(self.facts["kind"] == "ci")

    @property
    def claims(self) -> dict[str, dict[str, Any]]:
        """Each claim's type, mutable, userControlled, optional."""
        return dict(self.facts["claims"])

    @property
    def trust(self) -> dict[str, str]:
        """Which claim names the owner, the repository, the event."""
        return dict(self.facts["trust"])

    @property
    def example(self) -> dict[str, Any]:
        """The claims of an ordinary token."""
        return dict(self.facts["example"])

    @property
    def token_lifetime(self) -> int:
        """Seconds that its tokens live where nobody changed it."""
        return int(self.facts.get("tokenLifetimeSeconds", 3600))

    @property
    def lifetime_chosen_by(self) -> str:
        """Who can make its tokens live longer: `nobody`, the `job` that asks for one, or the `issuer`'s settings."""
        return str(self.facts.get("tokenLifetimeChosenBy", "issuer"))

    def type_of(self, claim: str) -> str | None:
        """`string`, `boolean`, `number`, `list` or `map`; None where that is not known."""
        return self.claims.get(claim, {}).get("type")

    def carries(self, claim: str) -> bool:
        """May a token have this claim? True for issuers nobody described."""
        return not self.known or claim in self.claims or claim in ("iss", "aud", "exp", "iat", "nbf", "jti")


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
_ANY: Final = Provider(
    "generic",
    {"title": "an issuer of people", "kind": "people", "claims": {}, "trust": {}, "example": _EXAMPLE},
    known=False,
)


def provider_of(url: str) -> Provider:
    """The provider behind an issuer URL, and one that promises nothing where the URL alone does not tell."""
    for name, facts in _facts().items():
        for pattern in facts["urls"]:
            match = _regex(pattern).fullmatch(url) if _tells(pattern) else None
            if match is not None:
                of_strangers = set(match.groups()) & set(facts.get("sharedOrganizations", []))
                return Provider(name, facts, shared=pattern["shared"] or bool(of_strangers))
    return _ANY


def is_personal(claim: str) -> bool:
    """A claim that only tokens of people have."""
    return claim in _PEOPLE


def _tells(pattern: dict[str, Any]) -> bool:
    """`https://{host}` fits every URL, so it names nobody."""
    return bool(pattern["url"] != "https://{host}" or "hostSuffix" in pattern)


def _regex(pattern: dict[str, Any]) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", pattern["url"].rstrip("/"))
    text = ""
    for position, part in enumerate(parts):
        suffix = re.escape(pattern.get("hostSuffix", "")) if part == "host" else ""
        text += f"([^/]+){suffix}" if position % 2 else re.escape(part)
    return re.compile(text + "/?")


@cache
def _facts() -> dict[str, dict[str, Any]]:
    providers = folder("providers")
    names = sorted(entry.name for entry in providers.iterdir() if entry.name.endswith(".json"))
    return {name[: -len(".json")]: json.loads((providers / name).read_text("utf-8")) for name in names}
