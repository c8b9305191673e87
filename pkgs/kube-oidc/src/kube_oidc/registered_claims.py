"""The registered claims of an ID token, as go-oidc reads them before any mapping.

Source: `github.com/coreos/go-oidc` v2.5.0 (`verify.go`, `idToken`), which kube-apiserver is built with.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from kube_oidc.golang.quote import quote
from kube_oidc.golang.unmarshal import Pairs, UnmarshalError, field, name_of, to_string, to_strings

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NBF_LEEWAY_SECONDS = 60


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
    return RegisteredClaims(
        issuer=to_string(field(pairs, "iss")[1]),
        audiences=_audiences(field(pairs, "aud")[1]),
        expiry=_seconds(*field(pairs, "exp"), pointer=False),
        not_before=_seconds(*field(pairs, "nbf"), pointer=True),
    )


def _require_string(pairs: Pairs, name: str) -> None:
    value = field(pairs, name)[1]
    if value is not None and not isinstance(value, str):
        text = f"json: cannot unmarshal {name_of(value)} into Go struct field idToken.{name} of type string"
        raise UnmarshalError(text)


def _audiences(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return ("",) if value is None else tuple(to_strings(value))


def _seconds(present: bool, value: Any, *, pointer: bool) -> int | None:
    if not present or (value is None and pointer):
        return None
    if isinstance(value, str):
        if not re.fullmatch(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", value):
            text = f"json: invalid number literal, trying to unmarshal {quote(quote(value))} into Number"
            raise UnmarshalError(text)
        value = float(value) if set(value) & set(".eE") else int(value)
    if value is None:
        raise UnmarshalError('strconv.ParseFloat: parsing "": invalid syntax')
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UnmarshalError(f"json: cannot unmarshal {name_of(value)} into Go value of type json.Number")
    return int(value)


def time_problem(claims: RegisteredClaims, now: float) -> str | None:
    """Why the token does not hold at `now` (Unix seconds), in go-oidc's words; None when it does."""
    if claims.expiry is None:
        return "oidc: token is expired (Token Expiry: 0001-01-01 00:00:00 +0000 UTC)"
    if claims.expiry < now:
        return f"oidc: token is expired (Token Expiry: {_shown(claims.expiry)})"
    if claims.not_before is not None and now + _NBF_LEEWAY_SECONDS < claims.not_before:
        return (
            f"oidc: current time {_shown(now)} before the nbf (not before) time: {_shown(claims.not_before)}"
        )
    return None


def _shown(seconds: float) -> str:
    try:
        moment = _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return f"{seconds} s after 1970"
    fraction = f".{moment.microsecond:06d}".rstrip("0") if moment.microsecond else ""
    return f"{moment:%Y-%m-%d %H:%M:%S}{fraction} +0000 UTC"
