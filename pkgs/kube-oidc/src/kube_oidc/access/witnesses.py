"""Tokens that two configurations treat differently: accepted by only one, or mapped to different users.

Each is run through `kube_oidc.authn.authenticate` with both configurations, as a whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice, product
from typing import Any, Final

from kube_oidc.authn.authenticate import Authenticated, Authenticator, Outcome, Refused
from kube_oidc.rules.engine.attackers import attacker_claims
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.facts import Place
from kube_oidc.rules.engine.issuer import Claims, IssuerUnderReview
from kube_oidc.rules.engine.tokens import candidates, get, put, seed_claims, without

TRIALS: Final = 6_000  # tokens in all, and for one issuer at most
_MAX_TRIALS_PER_ISSUER: Final = 2_000
SHOWN: Final = 6  # for each issuer and kind
_OF_WHOLE: Final = 1  # of an issuer that is added or removed, where one says it all
_VALUES: Final = 12  # of one claim
_UNTOLD: Final = frozenset({"iat", "nbf", "exp", "jti"})


class Kind(StrEnum):
    """The effect of the change on the token."""

    LET_IN = "let-in"
    SHUT_OUT = "shut-out"
    RENAMED = "renamed"


@dataclass(frozen=True, slots=True)
class Witness:
    """A token's claims, what becomes of it before and after, and `telling`: what sets it apart from an ordinary one.

    `absent` are claims that an ordinary token has and this one has not.
    """

    kind: Kind
    issuer: str
    claims: Claims
    telling: Claims
    absent: tuple[str, ...]
    before: Outcome
    after: Outcome


def witnesses(old: ConfigUnderReview, new: ConfigUnderReview) -> tuple[Witness, ...]:
    """For each issuer, a few tokens of each kind, those closest to a sample token first."""
    sides = Authenticator(old.configuration, old.version), Authenticator(new.configuration, new.version)
    changed = {
        url: entries
        for url, entries in _by_issuer(old, new).items()
        if len(entries) == 1 or entries[0].model != entries[1].model
    }
    trials = min(_MAX_TRIALS_PER_ISSUER, TRIALS // max(1, len(changed)))
    return tuple(
        witness for url, entries in changed.items() for witness in _of_issuer(url, entries, sides, trials)
    )


def _by_issuer(old: ConfigUnderReview, new: ConfigUnderReview) -> dict[str, list[IssuerUnderReview]]:
    """The entry of each side, or of the one that has it."""
    found: dict[str, list[IssuerUnderReview]] = {}
    for entry in (*old.entries, *new.entries):
        found.setdefault(entry.model.issuer.url, []).append(entry)
    return found


def _of_issuer(
    url: str, entries: list[IssuerUnderReview], sides: tuple[Authenticator, Authenticator], trials: int
) -> Iterator[Witness]:
    counts = dict.fromkeys(Kind, 0)
    most = SHOWN if len(entries) > 1 else _OF_WHOLE
    told: set[tuple[Kind, str]] = set()
    for usual, claims in islice(_tokens(entries), trials):
        payload = json.dumps(claims)
        before, after = (side.authenticate(payload) for side in sides)
        kind = _kind(before, after)
        if kind is None or counts[kind] >= most:
            continue
        telling, absent = differences(usual, claims)
        key = kind, _reason(kind, before, after, telling, absent)
        if key not in told:
            told.add(key)
            counts[kind] += 1
            yield Witness(kind, url, claims, telling, absent, before, after)


def _kind(before: Outcome, after: Outcome) -> Kind | None:
    match before, after:
        case Refused(), Authenticated():
            return Kind.LET_IN
        case Authenticated(), Refused():
            return Kind.SHUT_OUT
        case Authenticated(user=was), Authenticated(user=becomes) if was != becomes:
            return Kind.RENAMED
    return None


def _reason(kind: Kind, before: Outcome, after: Outcome, telling: Claims, absent: tuple[str, ...]) -> str:
    """Key for deduplication: tokens with the same result and the same changed claims."""
    refused = before if kind is Kind.LET_IN else after
    why = refused.reason if isinstance(refused, Refused) else ""
    return json.dumps([why.partition(" got ")[0], sorted(telling), absent])


Tokens = Iterator[tuple[Claims, Claims]]  # each behind the ordinary token that it differs from


def _tokens(entries: list[IssuerUnderReview]) -> Tokens:
    """Sample tokens of both sides, then with one claim changed or missing, then an attacker's."""
    usual = [entry.sample_claims for entry in entries if entry.sample_claims is not None] or [
        seed_claims(entries[0])
    ]
    usual = [one for position, one in enumerate(usual) if one not in usual[:position]]
    audiences = dict.fromkeys(audience for entry in entries for audience in entry.model.issuer.audiences)
    for claims in usual:
        yield claims, claims
        for audience in audiences:
            yield claims, put(claims, ("aud",), audience)
    tried = _values(entries)
    for claims in usual:
        yield from _changed(claims, tried)
    for entry in entries:
        known = entry.provider.is_ci or entry.provider.strangers
        if entry.sample_claims is not None and known:
            for claims in attacker_claims(entry, entry.sample_claims):
                yield entry.sample_claims, claims
    for claims, other in product(usual, usual):
        yield from _mixed(claims, other)


def _values(entries: list[IssuerUnderReview]) -> dict[Place, list[Any]]:
    """The values of each claim that either side's rules and mappings may require."""
    tried: dict[Place, list[Any]] = {}
    for entry in entries:
        for place, values in candidates(entry).items():
            tried.setdefault(place, []).extend(values)
        for rule in entry.model.claim_validation_rules:
            if rule.claim:
                tried.setdefault((rule.claim,), []).append(rule.required_value)
    return tried


def _changed(claims: Claims, tried: Mapping[Place, list[Any]]) -> Tokens:
    for place, values in tried.items():
        other = ["another"] if isinstance(get(claims, place), str) else []
        for value in [*other, *_once(values)[:_VALUES]]:
            yield claims, put(claims, place, value)
        if len(place) == 1:
            yield claims, without(claims, place[0])


def _mixed(claims: Claims, other: Claims) -> Tokens:
    """One side's token with one claim of the other side's."""
    for name, value in other.items():
        if claims.get(name) != value:
            yield claims, {**claims, name: value}


def _once(values: list[Any]) -> list[Any]:
    seen: dict[str, Any] = {}
    for value in values:
        seen.setdefault(json.dumps(value, sort_keys=True, default=str), value)
    return list(seen.values())


def differences(usual: Claims, claims: Claims) -> tuple[Claims, tuple[str, ...]]:
    """The claims that set a token apart from an ordinary one, and those that only the ordinary one has."""
    telling = {
        name: value for name, value in claims.items() if usual.get(name) != value and name not in _UNTOLD
    }
    absent = tuple(name for name in usual if name not in claims)
    if not telling and not absent:
        telling = {name: claims[name] for name in ("sub", "aud", "email", "groups") if name in claims}
    return telling, absent
