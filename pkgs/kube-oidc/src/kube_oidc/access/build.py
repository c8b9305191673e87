"""Builds the access report from a configuration and RBAC objects."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from kube_oidc.access.conditions import conditions
from kube_oidc.access.everyone import becoming, outsiders
from kube_oidc.access.model import Access, Holder, Issuer, power_of
from kube_oidc.access.names import groups, users
from kube_oidc.diagnostics import Diagnostic
from kube_oidc.rbac import Grant, Policy, username_of
from kube_oidc.rbac.model import ANONYMOUS, AUTHENTICATED, UNAUTHENTICATED
from kube_oidc.rules.engine.identities import Identities
from kube_oidc.rules.engine.issuer_index import IssuerIndex
from kube_oidc.rules.engine.reach import SYSTEM, is_user_settable

Name = tuple[str, str]
GrantsByName = dict[Name, tuple[Grant, ...]]

_EVERYONE: Final[tuple[Name, ...]] = (("Group", AUTHENTICATED),)
_ANONYMOUS: Final[tuple[Name, ...]] = (("User", ANONYMOUS), ("Group", UNAUTHENTICATED))


def access(
    file: str,
    makers: IssuerIndex,
    policy: Policy,
    findings: Sequence[Diagnostic] = (),
    on_bindings: Iterable[Diagnostic] = (),
) -> Access:
    """The report. `findings` are about the file and shown next to their issuer.

    `on_bindings` are about RBAC; their `field` is the binding.
    """
    bound = _bound(policy)
    held, untried = _held(makers, bound)
    reached = {(holder.kind, holder.name) for holders in held for holder in holders}
    reached |= {*_EVERYONE, *_ANONYMOUS}.union(*untried)
    missing = [name for name in bound if name not in reached and not name[1].startswith(SYSTEM)]
    for position, name, token in becoming([one.entry for one in makers.each], missing):
        held[position].append(Holder(*name, bound[name], token))
        reached.add(name)
    rest = [(name, grants) for name, grants in bound.items() if name not in reached]
    made = zip(makers.each, held, untried, strict=True)
    return Access(
        file,
        tuple(_issuer(one, holders, len(left), findings) for one, holders, left in made),
        everyone=_holders(bound, _EVERYONE),
        anonymous=_holders(bound, _ANONYMOUS),
        unreachable=tuple(Holder(*name, grants) for name, grants in rest if not name[1].startswith(SYSTEM)),
        system_subjects=sum(name[1].startswith(SYSTEM) for name, _ in rest),
        findings=tuple(found for found in findings if not found.field.startswith("jwt[")),
        on_bindings=_by_field(on_bindings),
    )


def _by_field(findings: Iterable[Diagnostic]) -> dict[str, tuple[Diagnostic, ...]]:
    by_field: dict[str, tuple[Diagnostic, ...]] = {}
    for found in findings:
        by_field[found.field] = (*by_field.get(found.field, ()), found)
    return by_field


def _bound(policy: Policy) -> GrantsByName:
    """Every user and group in a binding, with their grants; service accounts by their user names."""
    bound: dict[Name, dict[int, Grant]] = {}
    for position, binding in enumerate(policy.bindings):
        for subject in binding.subjects:
            name = subject.name if subject.kind == "Group" else username_of(subject, binding)
            kind = "Group" if subject.kind == "Group" else "User"
            if name:
                bound.setdefault((kind, name), {}).setdefault(position, policy.grant(binding, subject))
    return {name: _ordered(grants.values()) for name, grants in bound.items()}


def _ordered(grants: Collection[Grant]) -> tuple[Grant, ...]:
    """Sort key: the most powerful grant first."""
    if len(grants) == 1:
        return tuple(grants)
    return tuple(sorted(grants, key=lambda grant: (-power_of(grant), grant.namespace, grant.binding.name)))


def _holders(bound: GrantsByName, names: Sequence[Name]) -> tuple[Holder, ...]:
    return tuple(Holder(*name, bound[name]) for name in names if name in bound)


def _held(makers: IssuerIndex, bound: GrantsByName) -> tuple[list[list[Holder]], list[set[Name]]]:
    """For each issuer, the names it can produce, and the number that was not tried."""
    held: list[list[Holder]] = [[] for _ in makers.each]
    untried: list[set[Name]] = [set() for _ in makers.each]
    free = {kind: [_is_free(one, kind) for one in makers.each] for kind in ("User", "Group")}
    for (kind, name), grants in bound.items():
        if (kind, name) in (*_EVERYONE, *_ANONYMOUS):
            continue
        for position, made in makers.issuers_for(kind, name):
            if name.startswith(SYSTEM) and not free[kind][position]:
                continue
            if made.claims is None:
                untried[position].add((kind, name))
            else:
                held[position].append(Holder(kind, name, grants, made.claims))
    return held, untried


def _is_free(identities: Identities, kind: str) -> bool:
    """Whether the issuer lets users choose these names freely."""
    entry = identities.entry
    forms = identities.user_templates if kind == "User" else identities.group_templates
    places = {part.place for form in forms for part in form.parts if not isinstance(part, str) and part.place}
    if not all(form.is_known for form in forms):
        places |= set(entry.sources("username" if kind == "User" else "groups"))
    return any(is_user_settable(entry, place) for place in places)


def _weight(holder: Holder) -> tuple[int, str, str]:
    """Sort key: the most powerful principal first."""
    return -max(power_of(grant) for grant in holder.grants), holder.kind, holder.name


def _issuer(
    identities: Identities, holders: Sequence[Holder], untried: int, findings: Sequence[Diagnostic]
) -> Issuer:
    entry = identities.entry
    here = f"jwt[{entry.position}]"
    return Issuer(
        entry.position,
        entry.model.issuer.url,
        entry.provider.title if entry.provider.known else "",
        entry.model.issuer.audiences,
        conditions(entry),
        users(identities),
        groups(identities),
        tuple(sorted(holders, key=_weight)),
        untried,
        outsiders(entry),
        tuple(found for found in findings if f"{found.field}.".startswith((f"{here}.",))),
    )
