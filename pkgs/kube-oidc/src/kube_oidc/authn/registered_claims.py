"""The registered claims of an ID token, as go-oidc reads them before any mapping.

Source: `github.com/coreos/go-oidc` v2.5.0 (`verify.go`, `idToken`), which kube-apiserver is built with.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from kube_oidc.verdict.golang.quote import quote
from kube_oidc.verdict.golang.times import show_time, wrap_seconds
from kube_oidc.verdict.golang.unmarshal import OutOfRange, Pairs, UnmarshalError, name_of, number

_NBF_LEEWAY_SECONDS: Final = 60
_STRINGS: Final = frozenset({"iss", "sub", "nonce", "at_hash"})
_TIMES: Final = frozenset({"exp", "iat", "nbf"})
_MAPS: Final = {"_claim_names": "map[string]string", "_claim_sources": "map[string]oidc.claimSource"}
_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?\Z")


@dataclass(frozen=True, slots=True)
class RegisteredClaims:
    """`expiry` and `not_before` are Unix seconds; None if the claim is absent."""

    audiences: tuple[str, ...]
    expiry: int | None
    not_before: int | None


def registered_claims(pairs: Pairs) -> RegisteredClaims:
    """The claims that go-oidc unmarshals; UnmarshalError with Go's text if one has a wrong type.

    As `encoding/json` does it: in the order of the text, names in any case, the last one wins. What a type reads by
    itself (`aud`, the times) ends the reading at once; of other mistakes the first is reported at the end.
    """
    audiences: tuple[str, ...] = ()
    times: dict[str, int | None] = {}
    saved: UnmarshalError | None = None
    for position, (key, value) in enumerate(pairs.entries):
        name = key.casefold()
        if name == "aud":
            audiences = _audiences(value)
        elif name in _TIMES:
            if isinstance(value, str) and not _NUMBER.match(value):
                raw = quote(pairs.raw(position))
                raise UnmarshalError(f"json: invalid number literal, trying to unmarshal {raw} into Number")
            times[name] = _seconds(name, value)
        elif name in _STRINGS or name in _MAPS:
            saved = saved or _plain_problem(name, value)
    if saved is not None:
        raise saved
    return RegisteredClaims(audiences, times.get("exp"), times.get("nbf"))


def _wrong(value: Any, name: str, go_type: str) -> UnmarshalError:
    text = f"json: cannot unmarshal {name_of(value)} into Go struct field idToken.{name} of type {go_type}"
    return UnmarshalError(text)


def _plain_problem(name: str, value: Any) -> UnmarshalError | None:
    """What is wrong with a string or a map, if anything is."""
    if value is None:
        return None
    if name in _STRINGS:
        return None if isinstance(value, str) else _wrong(value, name, "string")
    if not isinstance(value, dict):
        return _wrong(value, name, _MAPS[name])
    wanted, shown = (str, "string") if name == "_claim_names" else (dict, "oidc.claimSource")
    for entry in value.values():
        if entry is not None and not isinstance(entry, wanted):
            return _wrong(entry, name, shown)
        problem = _source_problem(entry) if isinstance(entry, dict) else None
        if problem is not None:
            return problem
    return None


def _source_problem(source: dict[str, Any]) -> UnmarshalError | None:
    for key, value in source.items():
        name = key.casefold()
        if name in ("endpoint", "access_token") and value is not None and not isinstance(value, str):
            place = f"claimSource._claim_sources.{name}"
            text = f"json: cannot unmarshal {name_of(value)} into Go struct field {place} of type string"
            return UnmarshalError(text)
    return None


def _audiences(value: Any) -> tuple[str, ...]:
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


def _seconds(name: str, value: Any) -> int | None:
    """A `jsonTime`: an integer, a float that is cut, or either as a string; only `nbf` may be null."""
    if value is None and name == "nbf":
        return None
    if value is None:
        raise UnmarshalError('strconv.ParseFloat: parsing "": invalid syntax')
    if isinstance(value, str):
        value = number(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong(value, name, "json.Number")
    if isinstance(value, OutOfRange):
        raise UnmarshalError(f'strconv.ParseFloat: parsing "{value.text}": value out of range')
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
