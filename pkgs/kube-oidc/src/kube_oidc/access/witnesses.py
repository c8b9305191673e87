"""Tokens that two configurations treat differently: accepted by only one, or mapped to different users.

Each is run through `kube_oidc.authn.authenticate` with both configurations, as a whole.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice, product
from typing import Any, Final

from kube_oidc.authn.authenticate import Authenticated, Authenticator, Outcome, Refused
from kube_oidc.proof.completion import completed
from kube_oidc.rules.engine.attackers import attacker_claims
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.facts import Place
from kube_oidc.rules.engine.issuer import Claims, IssuerUnderReview, token_model
from kube_oidc.rules.engine.tokens import candidates, get, put, seed_claims, without

TRIALS: Final = 6_000  # tokens in all, and for one issuer at most
_MAX_TRIALS_PER_ISSUER: Final = 2_000
SHOWN: Final = 6  # for each issuer and kind
_OF_WHOLE: Final = 1  # of an issuer that is added or removed, where one says it all
_VALUES: Final = 12  # of one claim
_UNTOLD: Final = frozenset({"iat", "nbf", "exp", "jti"})


class Kind(StrEnum):
    """The effect of the change on the token, worst first."""

    LET_IN = "let-in"
    RENAMED = "renamed"
    SHUT_OUT = "shut-out"


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
    """For each cause, the token that needs the fewest words, and whose claims go together if possible."""
    most = SHOWN if len(entries) > 1 else _OF_WHOLE
    read = claims_read(entries)
    best: dict[tuple[Kind, str], tuple[tuple[int, ...], Witness]] = {}
    for usual, claims in islice(_tokens(entries), trials):
        for token in dict.fromkeys((json.dumps(_agreeing(entries[-1], usual, claims)), json.dumps(claims))):
            before, after = (side.authenticate(token) for side in sides)
            kind = _kind(before, after)
            if kind is None:
                continue
            key = kind, _cause(before, after)
            shown = json.loads(token)
            made_of = _sources(entries, before, after) or read
            telling, absent = differences(usual, shown, made_of if shown == usual else read)
            rank = _rank(entries[-1], usual, shown, telling)
            if key not in best or rank < best[key][0]:
                best[key] = rank, Witness(kind, url, shown, telling, absent, before, after)
            break
    for kind in Kind:
        yield from islice((one for key, (_, one) in best.items() if key[0] is kind), most)


def _agreeing(entry: IssuerUnderReview, usual: Claims, claims: Claims) -> Claims:
    """The claims with those changed that follow from the ones that set it apart."""
    model = token_model(entry)
    changed = {name for name, value in claims.items() if usual.get(name) != value}
    return completed(model, claims, changed, usual) if changed and model.broken(claims) else claims


def _rank(entry: IssuerUnderReview, usual: Claims, claims: Claims, telling: Claims) -> tuple[int, ...]:
    """Lower is better: tokens that the issuer can sign, then those closest to an ordinary one."""
    impossible = sum(1 for _ in token_model(entry).differences(claims))
    absent = sum(name not in claims for name in usual)
    changed = sum(usual.get(name) != value for name, value in claims.items())
    return impossible + absent, bool(changed), len(telling), len(json.dumps(telling))


def _sources(entries: list[IssuerUnderReview], before: Outcome, after: Outcome) -> frozenset[str]:
    """The claims of which the parts of the user that differ are made."""
    parts = [part for part in _changed_parts(before, after) if part in ("username", "groups")]
    return frozenset(place[0] for entry in entries for part in parts for place in entry.sources(part))


def _kind(before: Outcome, after: Outcome) -> Kind | None:
    match before, after:
        case Refused(), Authenticated():
            return Kind.LET_IN
        case Authenticated(), Refused():
            return Kind.SHUT_OUT
        case Authenticated(user=was), Authenticated(user=becomes) if was != becomes:
            return Kind.RENAMED
    return None


def _cause(before: Outcome, after: Outcome) -> str:
    """What makes the difference: the rule or step that refuses it on one side, or the parts of the user that differ."""
    for outcome in (before, after):
        if isinstance(outcome, Refused):
            return outcome.expression or outcome.reason.partition(" got ")[0]
    return " ".join(_changed_parts(before, after))


def _changed_parts(before: Outcome, after: Outcome) -> Iterator[str]:
    if isinstance(before, Authenticated) and isinstance(after, Authenticated):
        for part in ("username", "groups", "uid", "extra"):
            if getattr(before.user, part) != getattr(after.user, part):
                yield part


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
        if place[0] in _UNTOLD:
            continue  # a token always has these
        usual = get(claims, place)
        other = [usual[: usual.rfind("/") + 1] + "another", "another"] if isinstance(usual, str) else []
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


def claims_read(entries: Iterable[IssuerUnderReview]) -> frozenset[str]:
    """The claims that the rules and mappings read."""
    return frozenset(place[0] for entry in entries for place in _values([entry]))


def differences(usual: Claims, claims: Claims, read: Collection[str] = ()) -> tuple[Claims, tuple[str, ...]]:
    """The claims that set a token apart from an ordinary one, and those that only the ordinary one has.

    Of these only those that are `read`, if any is; for an ordinary token, all that are.
    """
    telling = {
        name: value for name, value in claims.items() if usual.get(name) != value and name not in _UNTOLD
    }
    telling = {name: value for name, value in telling.items() if name in read} or telling
    absent = tuple(name for name in usual if name not in claims)
    if not telling and not absent:
        telling = {name: claims[name] for name in claims if name in read and name not in _UNTOLD}
    return telling, absent
