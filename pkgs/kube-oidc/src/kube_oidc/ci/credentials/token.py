"""An ID token: the secret and its unverified claims (the API server verifies the signature)."""

from __future__ import annotations

import binascii
import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from typing import Any, NamedTuple

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
    """Parse a token; CredentialError, mentioning its origin `whence`, if it isn't a JWT."""
    if secret.reveal()[:1] in ("'", '"'):
        raise CredentialError(f"{whence} is in quotes: remove them (with jq, use `jq -r`)")
    parts = secret.reveal().split(".")
    if len(parts) != 3 or not secret.is_header_safe():
        raise CredentialError(f"{whence} is not a JWT (three base64url parts, separated by dots)")
    try:
        claims = json.loads(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, RecursionError, binascii.Error):
        claims = None
    if not isinstance(claims, dict):
        raise CredentialError(f"{whence} is not a JWT: its second part is not a JSON object")
    return IdentityToken(secret, claims)
