"""The registered claims of an ID token, as go-oidc reads them before any mapping.

Source: `github.com/coreos/go-oidc` v2.5.0 (`verify.go`, `idToken`), which kube-apiserver is built with.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any, Final

from kube_oidc.golang.quote import quote
from kube_oidc.golang.times import show_time, wrap_seconds
from kube_oidc.golang.unmarshal import OutOfRange, Pairs, UnmarshalError, field, name_of, to_string

_NBF_LEEWAY_SECONDS: Final = 60
_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?\Z")


@dataclass(frozen=True, slots=True)
class RegisteredClaims:
    """`expiry` and `not_before` are Unix seconds; None where the claim is absent."""

    issuer: str
    audiences: tuple[str, ...]
    expiry: int | None
    not_before: int | None


def registered_claims(pairs: Pairs) -> RegisteredClaims:
    """The claims that go-oidc unmarshals; UnmarshalError with Go's text where one has a wrong type."""
    for name in ("iss", "sub", "nonce", "at_hash"):
        _require_string(pairs, name)
    expiry = _seconds("exp", *field(pairs, "exp"), pointer=False)
    _seconds("iat", *field(pairs, "iat"), pointer=False)
    not_before = _seconds("nbf", *field(pairs, "nbf"), pointer=True)
    audiences = _audiences(*field(pairs, "aud"))
    _claim_sources(pairs)
    return RegisteredClaims(to_string(field(pairs, "iss")[1]), audiences, expiry, not_before)


def _wrong(value: Any, name: str, go_type: str) -> UnmarshalError:
    text = f"json: cannot unmarshal {name_of(value)} into Go struct field idToken.{name} of type {go_type}"
    return UnmarshalError(text)


def _require_string(pairs: Pairs, name: str) -> None:
    value = field(pairs, name)[1]
    if value is not None and not isinstance(value, str):
        raise _wrong(value, name, "string")


def _audiences(present: bool, value: Any) -> tuple[str, ...]:
    if not present:
        return ()
    if value is None:
        return ("",)
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list):
        raise _wrong(value, "aud", "[]string")
    for entry in value:
        if entry is not None and not isinstance(entry, str):
            raise _wrong(entry, "aud", "string")
    return tuple(entry or "" for entry in value)


def _claim_sources(pairs: Pairs) -> None:
    names, sources = field(pairs, "_claim_names")[1], field(pairs, "_claim_sources")[1]
    if names is not None and not isinstance(names, dict):
        raise _wrong(names, "_claim_names", "map[string]string")
    for source in (names or {}).values():
        if source is not None and not isinstance(source, str):
            raise _wrong(source, "_claim_names", "string")
    if sources is not None and not isinstance(sources, dict):
        raise _wrong(sources, "_claim_sources", "map[string]oidc.claimSource")


def _seconds(name: str, present: bool, value: Any, *, pointer: bool) -> int | None:
    """A `jsonTime`: an integer, a float that is cut, or either as a string."""
    if not present or (value is None and pointer):
        return None
    if value is None:
        raise UnmarshalError('strconv.ParseFloat: parsing "": invalid syntax')
    if isinstance(value, str):
        if not _NUMBER.match(value):
            text = f"json: invalid number literal, trying to unmarshal {quote(quote(value))} into Number"
            raise UnmarshalError(text)
        value = float(value) if set(value) & set(".eE") or len(value) > 20 else int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong(value, name, "json.Number")
    if isinstance(value, float) and math.isinf(value):
        shown = value.text if isinstance(value, OutOfRange) else value
        raise UnmarshalError(f'strconv.ParseFloat: parsing "{shown}": value out of range')
    return wrap_seconds(value)


def time_problem(claims: RegisteredClaims, now: float) -> str | None:
    """Why the token does not hold at `now` (Unix seconds), in go-oidc's words; None when it does."""
    if claims.expiry is None:
        return "oidc: token is expired (Token Expiry: 0001-01-01 00:00:00 +0000 UTC)"
    if claims.expiry < now:
        return f"oidc: token is expired (Token Expiry: {show_time(claims.expiry)})"
    if claims.not_before is not None and now + _NBF_LEEWAY_SECONDS < claims.not_before:
        shown = show_time(now)
        return f"oidc: current time {shown} before the nbf (not before) time: {show_time(claims.not_before)}"
    return None
