"""Token can be in system:masters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.model import UserInfo, UserValidationRule
from kube_oidc.rules.engine.ask import shown
from kube_oidc.rules.engine.attacker import Attacker, named_in
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.finding import Confidence, Finding, Remedy, RuleMetadata
from kube_oidc.rules.engine.issuer import Claims, IssuerUnderReview
from kube_oidc.rules.engine.reach import are_ids, is_user_settable, reaching
from kube_oidc.rules.engine.tokens import put

RULE: Final = RuleMetadata(
    id="system-groups",
    title="Token can be in system:masters",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    source="https://kubernetes.io/docs/concepts/security/rbac-good-practices/#least-privilege",
)
GUARD: Final = UserValidationRule(
    "user.groups.all(group, !group.startsWith('system:') && !group.startsWith('k3s:'))",
    "groups must not begin with system: or k3s:",
)
_MASTERS: Final = "system:masters"
_ANYONE: Final = Attacker("any token", "any token", ())
_OTHERS: Final = ("system:nodes", "system:monitoring", "system:serviceaccounts")


def check(config: ConfigUnderReview) -> Iterator[Finding]:
    """Reports issuers whose groups can be `system:masters` or another of Kubernetes' own groups."""
    for entry in config.entries:
        yield from _entry(entry)


def _entry(entry: IssuerUnderReview) -> Iterator[Finding]:
    claims = _given(entry)
    if claims is not None:
        message = f"the expression puts tokens into {_MASTERS!r}, which has full access"
        remedy = Remedy(
            "bind a group of your own to the roles it needs, and refuse this one:", user_rules=(GUARD,)
        )
        yield Finding(entry.mapping_path("groups"), message, remedy, claims, Confidence.MEDIUM)
        return
    places = [place for place in entry.sources("groups") if is_user_settable(entry, place)]
    claims = reaching(entry, "groups", places, (_MASTERS,), _is_master)
    confidence = Confidence.MEDIUM if all(are_ids(entry, place) for place in places) else Confidence.HIGH
    if claims is None and places and entry.model.claim_mappings.groups.expression:
        claims = shown(entry, _ANYONE, (named_in((_MASTERS,)),))
    if claims is None:
        claims = reaching(entry, "groups", places, _OTHERS, _is_system)
        confidence = Confidence.MEDIUM
    if claims is None:
        return
    user = entry.user(claims)
    assert user is not None
    group = next(group for group in user.groups if group in (_MASTERS, *_OTHERS))
    message = f"a token can be in the group {group!r}"
    if group == _MASTERS:
        message += ", which has full access"
    remedy = Remedy(
        "refuse such groups (or set a prefix, which changes every group name):", user_rules=(GUARD,)
    )
    yield Finding(entry.mapping_path("groups"), message, remedy, claims, confidence)


def _given(entry: IssuerUnderReview) -> Claims | None:
    """Returns the claims of a token that the expression puts into the group it names."""
    read = entry.mappings.get("groups")
    if read is None or entry.sample_claims is None or _MASTERS not in read.facts.text:
        return None
    asked = [entry.sample_claims]
    for comparison in read.facts.comparisons:
        if not isinstance(comparison.value, str):
            continue
        value: object = [comparison.value] if comparison.operator == "in list" else comparison.value
        asked.append(put(entry.sample_claims, comparison.place, value))
    for claims in asked:
        user = entry.user(claims)
        if user is not None and _MASTERS in user.groups:
            return claims
    return None


def _is_master(user: UserInfo) -> bool:
    return _MASTERS in user.groups


def _is_system(user: UserInfo) -> bool:
    return any(group in _OTHERS for group in user.groups)
