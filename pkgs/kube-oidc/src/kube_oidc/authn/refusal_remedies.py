"""What to write instead, for each reason why a token is refused, with the token's actual values."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from kube_oidc.model import AuthenticationConfiguration, JWTAuthenticator

_MAX_CHARACTERS: Final = 80  # of a shown value
_MAX_CLAIMS: Final = 24  # whose names are listed
_NOT_IDENTITY: Final = frozenset({"iss", "aud", "exp", "iat", "nbf", "jti", "auth_time", "nonce", "at_hash"})
_ABSENT: Final = re.compile(r'parse (username|groups|uid) claims? "(.*)": claim not present', re.S)
_REQUIRED_ABSENT: Final = re.compile(r"required claim (.*) not present in ID token", re.S)
_DIFFERENT: Final = re.compile(r"required claim (\S+) value does not match", re.S)
_READ: Final = re.compile(r"claims(?:\.\??([A-Za-z_]\w*)|\[\??[\"']([^\"']+)[\"']\])")

Claims = Mapping[str, Any]


def remedy(reason: str, expression: str, claims: Claims, configuration: AuthenticationConfiguration) -> str:
    """The fix for this refusal of a token with these claims; `expression` is the one that failed, if one did."""
    entry = next((each for each in configuration.jwt if each.issuer.url == claims.get("iss")), None)
    if entry is None:
        return _of_issuer(claims, configuration)
    for part, found in _REMEDIES:
        if part in reason:
            return found(reason, claims, entry)
    if expression:
        return _of_expression(expression, claims)
    return f"the token has the claims {_listed(claims)}: compare them with this entry of jwt"


def _of_issuer(claims: Claims, configuration: AuthenticationConfiguration) -> str:
    issuer = claims.get("iss")
    if not isinstance(issuer, str) or not issuer:
        return "the token has no iss: send an ID token (a JWT of an OpenID Connect issuer)"
    for position, entry in enumerate(configuration.jwt):
        if entry.issuer.url.rstrip("/") == issuer.rstrip("/"):
            return f"a slash differs: write jwt[{position}].issuer.url: {issuer}"
    return f"add an entry with `issuer: {{url: {json.dumps(issuer)}, audiences: [{_audience(claims)}]}}`"


def _of_audience(_: str, claims: Claims, entry: JWTAuthenticator) -> str:
    party, known = claims.get("azp", claims.get("client_id")), entry.issuer.audiences
    if str(claims.get("typ", "")).lower() in ("bearer", "at+jwt") or (
        party in known and "nonce" not in claims
    ):
        signs = [f"{name}: {claims[name]}" for name in ("typ", "azp", "client_id") if name in claims]
        return f"this is an access token ({', '.join(signs)}): send the ID token (id_token) instead"
    audiences = [*known, *_audiences(claims)]
    policy = ", audienceMatchPolicy: MatchAny" if len(audiences) > 1 else ""
    listed = ", ".join(map(json.dumps, audiences))
    wanted = " or ".join(map(json.dumps, known))
    return f"request a token for {wanted}, or accept this audience: issuer: {{audiences: [{listed}]{policy}}}"


def _of_absent(reason: str, claims: Claims, _: JWTAuthenticator) -> str:
    match = _ABSENT.search(reason) or _REQUIRED_ABSENT.search(reason)
    name = match[match.lastindex or 1] if match else ""
    field = match[1] if match and match.lastindex == 2 else ""
    holders = [claim for claim, value in claims.items() if value == name]
    if holders:
        where = f"claimMappings.{field}.claim" if field else "claim"
        return f"{name!r} is the value of {' and '.join(holders)}, not a name: write {where}: {holders[-1]}"
    scope = f"; the scope {name!r} may add it" if name in ("email", "groups", "profile") else ""
    return (
        f"the token has the claims {_listed(claims)}: use one of these, or let the issuer add {name!r}{scope}"
    )


def _of_different(reason: str, claims: Claims, _: JWTAuthenticator) -> str:
    match = _DIFFERENT.search(reason)
    name = match[1] if match else ""
    value = claims.get(name)
    return f"the token has {name}: {_shown(value)}; to accept it, write requiredValue: {_shown(value)}"


def _of_expression(expression: str, claims: Claims) -> str:
    names = dict.fromkeys(first or second for first, second in _READ.findall(expression))
    read = [f"{name}: {_shown(claims[name])}" if name in claims else f"no {name}" for name in names]
    if not read:
        return "the user that the token becomes doesn't satisfy this rule: change the mapping or the rule"
    return f"the token has {', '.join(read)}: use a token that satisfies the rule, or change the rule"


def _of_type(reason: str, claims: Claims, _: JWTAuthenticator) -> str:
    name = next(iter(re.findall(r'claims? "([^"]*)"', reason)), "")
    if name not in claims:
        return f"the token has the claims {_listed(claims)}"
    return (
        f"the token has {name}: {_shown(claims[name])}; map a claim of the right type, or use an expression"
    )


def _text(text: str) -> Callable[[str, Claims, JWTAuthenticator], str]:
    return lambda _reason, _claims, _entry: text


# Part of the API server's reason → the fix; the first that fits.
_REMEDIES: Final[tuple[tuple[str, Callable[[str, Claims, JWTAuthenticator], str]], ...]] = (
    ("expected audience", _of_audience),
    ("claim not present", _of_absent),
    ("not present in ID token", _of_absent),
    ("value does not match", _of_different),
    ("email not verified", _text("verify the address at the issuer, or map another claim, such as sub")),
    ("token is expired", _text("get a new token; if it is new, compare the clocks of issuer and API server")),
    ("before the nbf", _text("wait, or set the clocks of issuer and API server (NTP)")),
    ("signature", _text("no key of the issuer signed this token: is it from another issuer, or altered?")),
    ("empty username", _text("let the expression return a text that isn't empty for every token")),
    ("distributed claims", _text("the issuer must put the groups into the token instead of _claim_sources")),
    ("parse ", _of_type),
)


def _audiences(claims: Claims) -> list[str]:
    value = claims.get("aud")
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str)]


def _audience(claims: Claims) -> str:
    return ", ".join(map(json.dumps, _audiences(claims))) or "NAME"


def _listed(claims: Iterable[str]) -> str:
    names = sorted(name for name in claims if name not in _NOT_IDENTITY)
    more = f" and {len(names) - _MAX_CLAIMS} more" if len(names) > _MAX_CLAIMS else ""
    return ", ".join(names[:_MAX_CLAIMS]) + more or "none about a user"


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _MAX_CHARACTERS else text[: _MAX_CHARACTERS - 1] + "…"
