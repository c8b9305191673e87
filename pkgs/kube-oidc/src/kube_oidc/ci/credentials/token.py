"""An ID token: the secret and its unverified claims (the API server verifies the signature)."""

from __future__ import annotations

import binascii
import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from typing import Any, NamedTuple

from kube_oidc.ci.credentials.as_given import NotATokenError, as_given, is_access_token
from kube_oidc.ci.credentials.secret import Secret


class CredentialError(Exception):
    """There is no usable token; the message gives the reason and the fix, and never contains parts of a token."""


class IdentityToken(NamedTuple):
    """A JWT (RFC 7519) in compact form, with its unverified claims."""

    secret: Secret
    claims: Mapping[str, Any]

    @property
    def audiences(self) -> tuple[str, ...]:
        """`aud`, a string or a list of strings (RFC 7519, section 4.1.3); empty if it is neither."""
        audience = self.claims.get("aud")
        values = audience if isinstance(audience, list) else [audience]
        return tuple(value for value in values if isinstance(value, str))

    @property
    def expires(self) -> float | None:
        """`exp` in seconds since 1970 (UTC); None if it is missing or not a number."""
        return self._time("exp")

    @property
    def not_before(self) -> float | None:
        """`nbf` in seconds since 1970 (UTC); None if it is missing or not a number."""
        return self._time("nbf")

    def _time(self, claim: str) -> float | None:
        value = self.claims.get(claim)
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def parse(secret: Secret, whence: str) -> IdentityToken:
    """Parse a token in any of as_given's forms; CredentialError, mentioning its origin, if it isn't an ID token."""
    try:
        secret = Secret(as_given(secret.reveal()).token)
    except NotATokenError as error:
        raise CredentialError(f"{whence} {error}") from None
    parts = secret.reveal().split(".")
    if len(parts) != 3 or not secret.is_header_safe():
        raise CredentialError(
            f"{whence} is not a JWT (three base64url parts, separated by dots); an access token or a request token "
            "isn't an ID token"
        )
    header, claims = map(_decoded, parts[:2])
    if not isinstance(claims, dict):
        raise CredentialError(f"{whence} is not a JWT: its second part is not a JSON object")
    if is_access_token(header, claims):
        raise CredentialError(
            f"{whence} is an access token, not an ID token: use `id_token`, with the scope `openid`"
        )
    return IdentityToken(secret, claims)


def _decoded(part: str) -> Any:
    """The JSON in a part; None if there is none."""
    try:
        return json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError, binascii.Error):
        return None
