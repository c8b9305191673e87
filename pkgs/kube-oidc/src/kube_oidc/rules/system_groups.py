"""A token can be in `system:masters`.

Whoever is in the group `system:masters` may do everything, and no RBAC rule can take it back: the
API server lets the group through before it asks. Groups that come from a token without a prefix can
contain it: then whoever may name or join a group at the issuer is the cluster's administrator.
`prefix: ""` is such a mapping, and so is an expression that hands the claim on.

Bad: the groups are as the token has them.

    claimMappings:
      groups: {claim: groups, prefix: ""}

Good: a prefix, or a rule that refuses.

    claimMappings:
      groups: {claim: groups, prefix: "oidc:"}

    userValidationRules:
    - expression: "user.groups.all(group, !group.startsWith('system:'))"
      message: groups must not begin with system:

A guard of the user name does not guard the groups.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.model import UserInfo, UserValidationRule
from kube_oidc.rules.entry import Claims, Entry
from kube_oidc.rules.finding import About, Confidence, Finding, Remedy
from kube_oidc.rules.reach import are_ids, is_free, reaching
from kube_oidc.rules.subject import Subject
from kube_oidc.rules.tokens import put

ABOUT: Final = About(
    "system-groups",
    "A token can be in system:masters",
    Severity.WARNING,
    Confidence.HIGH,
    "https://kubernetes.io/docs/concepts/security/rbac-good-practices/#least-privilege",
    'services.kube-oidc.issuers.sso.claimMappings.groups.prefix = "sso:";',
)
GUARD: Final = UserValidationRule(
    "user.groups.all(group, !group.startsWith('system:'))", "groups must not begin with system:"
)
_MASTERS: Final = "system:masters"
_OTHERS: Final = ("system:nodes", "system:monitoring", "system:serviceaccounts")


def check(subject: Subject) -> Iterator[Finding]:
    """One finding for every entry whose groups may be `system:masters`, or another of Kubernetes' own."""
    for entry in subject.entries:
        yield from _entry(entry)


def _entry(entry: Entry) -> Iterator[Finding]:
    claims = _given(entry)
    if claims is not None:
        message = f"the expression itself puts tokens into {_MASTERS!r}, which may do everything"
        remedy = Remedy(
            "bind a group of your own to what it may do, and refuse this one:", user_rules=(GUARD,)
        )
        yield Finding(entry.mapping_path("groups"), message, remedy, claims, Confidence.MEDIUM)
        return
    places = [place for place in entry.sources("groups") if is_free(entry, place)]
    claims = reaching(entry, "groups", places, (_MASTERS,), _is_master)
    confidence = Confidence.MEDIUM if all(are_ids(entry, place) for place in places) else Confidence.HIGH
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
        message += ", which may do everything"
    remedy = Remedy("refuse such groups (or set a prefix, which changes every group):", user_rules=(GUARD,))
    yield Finding(entry.mapping_path("groups"), message, remedy, claims, confidence)


def _given(entry: Entry) -> Claims | None:
    """The claims of a token that the expression, which names the group, puts into it."""
    read = entry.mappings.get("groups")
    if read is None or entry.ordinary is None or _MASTERS not in read.facts.text:
        return None
    asked = [entry.ordinary]
    for comparison in read.facts.comparisons:
        if not isinstance(comparison.value, str):
            continue
        value: object = [comparison.value] if comparison.operator == "in list" else comparison.value
        asked.append(put(entry.ordinary, comparison.place, value))
    for claims in asked:
        user = entry.user(claims)
        if user is not None and _MASTERS in user.groups:
            return claims
    return None


def _is_master(user: UserInfo) -> bool:
    return _MASTERS in user.groups


def _is_system(user: UserInfo) -> bool:
    return any(group in _OTHERS for group in user.groups)
