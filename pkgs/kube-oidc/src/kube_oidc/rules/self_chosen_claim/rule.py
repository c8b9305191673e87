"""Claim that people choose for themselves decides who gets in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.providers.model import Controller
from kube_oidc.rules.engine.ask import shown
from kube_oidc.rules.engine.attacker import any_account, constant_groups, named_in, places_read
from kube_oidc.rules.engine.becomes import becomes
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.finding import Confidence, Finding, Remedy, RuleMetadata
from kube_oidc.rules.engine.issuer import Claims, IssuerUnderReview, token_model

RULE: Final = RuleMetadata(
    id="self-chosen-claim",
    title="Claim that people choose for themselves decides who gets in",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    source="https://openid.net/specs/openid-connect-core-1_0.html#StandardClaims",
    asks=True,
)
_COVERED: Final = frozenset(
    {
        "shared-issuer-unpinned",
        "author-controlled-claim",
        "email-unverified",
        "every-token-refused",
        "unanchored-match",
    }
)
_REMEDY: Final = Remedy("use what the issuer or its administrators set: sub, or groups")
_UNRELATED: Final = "zz"
_PROBE: Final = "kube-oidc"


def check(config: ConfigUnderReview) -> Iterator[Finding]:
    """Reports issuers of people that let in, or put into a group, anyone who chooses the right profile."""
    for entry in config.entries:
        chosen = () if entry.provider.is_ci or _COVERED & entry.reported else _chosen(entry)
        if chosen:
            yield from _entry(entry, chosen)


def _entry(entry: IssuerUnderReview, chosen: tuple[str, ...]) -> Iterator[Finding]:
    groups = constant_groups(entry)
    mapped = [claim for claim in chosen if (claim,) in entry.sources("groups")]
    questions: list[tuple[str, ...]] = [(named_in(groups),)] if groups else []
    questions += [(f'user.groups.exists(g, g.endsWith("{_PROBE}"))',)] if mapped else [()]
    for question in questions:
        claims = shown(entry, any_account(entry), question)
        names = _deciding(entry, claims, chosen) if claims is not None else ()
        if claims is not None and names:
            said = " and ".join(f"{name} to {claims.get(name)!r}" for name in names)
            path = entry.mapping_path("groups") if mapped else entry.path.child("claimValidationRules")
            message = f"anyone who sets their own {said} {becomes(entry, claims)}"
            yield Finding(path, message, _REMEDY, claims)
            return


def _chosen(entry: IssuerUnderReview) -> tuple[str, ...]:
    """Returns the claims that rules and groups read and that people choose, except addresses."""
    model = token_model(entry)
    return tuple(
        claim
        for claim in dict.fromkeys(place[0] for place in places_read(entry))
        if claim != "email"
        and claim in model.claims
        and model.claims[claim].controller is Controller.REGISTRATION
    )


def _deciding(entry: IssuerUnderReview, claims: Claims, chosen: tuple[str, ...]) -> tuple[str, ...]:
    """Returns those without which the user is refused or loses a group."""
    user = entry.user(claims)
    assert user is not None
    found = []
    for claim in chosen:
        other = entry.user({**claims, claim: _UNRELATED})
        if other is None or not set(user.groups) <= set(other.groups):
            found.append(claim)
    return tuple(name for name in found if name in claims)
