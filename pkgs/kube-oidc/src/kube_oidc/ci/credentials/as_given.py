"""A token as people and scripts hand it over: in quotes, with `Bearer`, in JSON, or of another kind."""

from __future__ import annotations

import json
from typing import Any, Final, NamedTuple

# Where JSON has the token: the endpoints of GitHub and Forgejo, OAuth 2.0, an ExecCredential, files of other tools.
_FIELDS: Final = ("value", "id_token", "idToken", "token")
_QUOTES: Final = "\"'`"
_PREFIXES: Final = ("authorization:", "bearer ")
# Beginnings of tokens that aren't JWTs: GitHub, GitLab, AWS, Google, Slack-like; RFC 6750 allows any text.
_OPAQUE: Final = {
    ("ghp_", "gho_", "ghs_", "ghu_", "ghr_", "github_pat_"): "a token for GitHub's API",
    ("glpat-", "glcbt-", "gldt-", "glrt-", "glptt-"): "a token for GitLab's API",
    ("ya29.",): "an access token for Google's APIs",
}


class NotATokenError(ValueError):
    """The text isn't an ID token; the message says what it is and what to use instead, without any of it."""


class Given(NamedTuple):
    """The token, and what was around it, in words: those who send it like that get 401."""

    token: str
    removed: tuple[str, ...]


def as_given(text: str) -> Given:
    """The token in the text, unchecked, or a NotATokenError that says what the text is instead."""
    removed: list[str] = []
    text = text.removeprefix("\ufeff").strip()
    for _ in range(3):  # Authorization: Bearer, in quotes, of a JSON string
        before = text
        text = _unwrapped(text, removed)
        if text == before:
            break
    token = text.partition(" ")[0]
    if not token:
        raise NotATokenError("is empty")
    for beginnings, what in _OPAQUE.items():
        if token.startswith(beginnings):
            raise NotATokenError(f"is {what}, not an ID token: request one with `kube-oidc token --audience`")
    if token.count(".") == 4 and token.startswith("eyJ"):
        raise NotATokenError(
            "is an encrypted token (JWE), which no API server reads: turn the encryption off"
        )
    return Given(token, tuple(dict.fromkeys(removed)))


def _unwrapped(text: str, removed: list[str]) -> str:
    lower = text.lower()
    for prefix in _PREFIXES:
        if lower.startswith(prefix):
            removed.append("`Bearer`" if prefix == "bearer " else "the header's name")
            return text[len(prefix) :].strip()
    if len(text) > 1 and text[0] in _QUOTES and text[-1] == text[0]:
        removed.append("quotes")
        return text[1:-1].strip()
    if text.startswith("{"):
        place, token = _of_json(text)
        removed.append(f"JSON (the token is in `{place}`)")
        return token
    return text


def _of_json(text: str) -> tuple[str, str]:
    """Where the token is, as a jq path, and the token."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise NotATokenError("begins like JSON and isn't valid JSON") from None
    nested = document.get("status") if isinstance(document.get("status"), dict) else {}  # ExecCredential
    for field in _FIELDS:
        for path, place in (("", document), (".status", nested)):
            if isinstance(place.get(field), str) and place[field].strip():
                return f"{path}.{field}", str(place[field]).strip()
    if "access_token" in document:
        raise NotATokenError("has an access token and no ID token: add the scope `openid` to the request")
    if "iss" in document or "sub" in document:
        raise NotATokenError("has claims, not a token: use `kube-oidc explain --claims` for them")
    raise NotATokenError(f"is JSON without a token (in {', '.join(_FIELDS)})")


def is_access_token(header: Any, claims: Any) -> bool:
    """Whether a JWT says of itself that it is an access token: RFC 9068's type, Keycloak's, or scopes without aud."""
    kind = str(header.get("typ", "")).lower().removeprefix("application/") if isinstance(header, dict) else ""
    if kind == "at+jwt" or not isinstance(claims, dict):
        return kind == "at+jwt"
    return claims.get("typ") == "Bearer" or ("aud" not in claims and bool({"scope", "scp"} & claims.keys()))
