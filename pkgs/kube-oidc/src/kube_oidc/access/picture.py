"""The data of the drawing: issuers and permissions, the worst first, grouped to a readable number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from kube_oidc.access.model import Access, Holder, Power, power_of
from kube_oidc.access.risk import Risk, risk_of
from kube_oidc.access.words import own
from kube_oidc.rbac import Grant

MOST: Final = 32  # permissions; beyond, they are put together
MOST_SOURCES: Final = 20
EVERYBODY: Final = "everybody"
OTHERS: Final = "others"  # the issuers with fewest grants, where there are too many to draw
Source = int | str  # the position of an issuer, EVERYBODY or OTHERS


@dataclass(slots=True)
class Permission:
    """A box on the right. `role` and `namespace` select its grants; empty if they have several.

    `namespace` is `*` for the whole cluster.
    """

    title: str
    detail: str
    role: str = ""
    namespace: str = ""
    power: Power = Power.NOTHING
    risk: Risk = Risk.NOTHING
    warnings: int = 0
    rank: int = 0


@dataclass(slots=True)
class Line:
    """A line from a source to a permission (its index), for these users and groups."""

    source: Source
    target: int
    power: Power = Power.NOTHING
    risk: Risk = Risk.NOTHING
    holders: set[tuple[str, str]] = field(default_factory=set)


Key = tuple[str, ...]
Pair = tuple[Source, Holder, Grant, Risk]


@dataclass(frozen=True, slots=True)
class Picture:
    """`sources` are in the order of the drawing, and so is each permission's `rank`.

    `others` has the positions of the issuers that share one box. `targets` maps what `grouping` makes of a grant to
    the index of its permission.
    """

    sources: tuple[Source, ...] = ()
    permissions: tuple[Permission, ...] = ()
    lines: tuple[Line, ...] = ()
    others: frozenset[int] = frozenset()
    grouping: Callable[[Grant], Key] = lambda _: ()
    targets: dict[Key, int] = field(default_factory=dict)

    def source_of(self, position: int) -> Source:
        """The box of the issuer at this position."""
        return OTHERS if position in self.others else position

    def target_of(self, grant: Grant) -> int | None:
        """The index of the permission that contains the grant; None if it isn't drawn."""
        return self.targets.get(self.grouping(grant))


def picture(report: Access) -> Picture:
    """The finest grouping with few enough boxes; otherwise the weakest permissions share one."""
    pairs, others = _gathered(list(_pairs(report)))
    groupings: tuple[Callable[[Grant], Key], ...] = (_by_role_and_namespace, _by_role, _by_namespace)
    for grouping in groupings:
        keys = {grouping(grant) for _, _, grant, _ in pairs}
        if len(keys) <= MOST:
            return _drawn(pairs, grouping, keys, others)
    kept = _strongest(pairs, _by_role)
    return _drawn(pairs, lambda grant: key if (key := _by_role(grant)) in kept else ("other",), kept, others)


def _gathered(pairs: list[Pair]) -> tuple[list[Pair], frozenset[int]]:
    """The pairs of the issuers with the worst and the most grants; all others are merged."""
    worst: dict[int, Risk] = {}
    counts = Counter(source for source, *_ in pairs if isinstance(source, int))
    if len(counts) <= MOST_SOURCES:
        return pairs, frozenset()
    for source, _, _, risk in pairs:
        if isinstance(source, int):
            worst[source] = max(worst.get(source, Risk.NOTHING), risk)
    order = sorted(counts, key=lambda source: (-worst[source], -counts[source], source))
    others = frozenset(order[MOST_SOURCES - 1 :])
    return [(OTHERS if source in others else source, *rest) for source, *rest in pairs], others  # type: ignore[misc]


def _pairs(report: Access) -> Iterator[Pair]:
    for issuer in report.issuers:
        for holder in issuer.holders:
            for grant in holder.grants:
                yield issuer.position, holder, grant, risk_of(grant, report.about(grant))
    for holder in (*report.everyone, *report.anonymous):
        for grant in own(holder):
            yield EVERYBODY, holder, grant, risk_of(grant, report.about(grant))


def _by_role_and_namespace(grant: Grant) -> Key:
    return ("both", *_by_role(grant)[1:], grant.namespace)


def _by_role(grant: Grant) -> Key:
    return ("role", grant.binding.role_kind, grant.binding.role_name)


def _by_namespace(grant: Grant) -> Key:
    return ("namespace", grant.namespace)


def _strongest(pairs: Iterable[Pair], grouping: Callable[[Grant], Key]) -> set[Key]:
    """The riskiest and most used keys; one box is left for the others."""
    weight: dict[Key, tuple[Risk, int]] = {}
    for _, _, grant, risk in pairs:
        worst, count = weight.get(grouping(grant), (Risk.NOTHING, 0))
        weight[grouping(grant)] = (max(risk, worst), count + 1)
    return set(sorted(weight, key=lambda key: weight[key], reverse=True)[: MOST - 1])


def _drawn(
    pairs: list[Pair], grouping: Callable[[Grant], Key], kept: set[Key], others: frozenset[int]
) -> Picture:
    targets: dict[Key, int] = {}
    permissions: list[Permission] = []
    grants: list[list[Grant]] = []
    lines: dict[tuple[Source, int], Line] = {}
    for source, holder, grant, risk in pairs:
        key = grouping(grant)
        if key not in targets:
            targets[key] = len(permissions)
            permissions.append(_permission(key, len(kept)))
            grants.append([])
        target, power = targets[key], power_of(grant)
        box, line = permissions[target], lines.setdefault((source, target), Line(source, target))
        for one in (box, line):
            one.power, one.risk = max(one.power, power), max(one.risk, risk)
        box.warnings += risk is Risk.WARNING
        grants[target].append(grant)
        line.holders.add((holder.kind, holder.name))
    for box, some in zip(permissions, grants, strict=True):
        box.detail = box.detail or _detail({each.namespace for each in some}, set(map(_by_role, some)))
    _rank(permissions, targets, grants)
    sources = _sources(lines.values(), permissions)
    return Picture(sources, tuple(permissions), tuple(lines.values()), others, grouping, targets)


def _rank(permissions: list[Permission], targets: dict[Key, int], grants: list[list[Grant]]) -> None:
    """The worst first; of the same risk, what holds in the whole cluster, then what most have."""

    def weight(target: int) -> tuple[bool, int, bool, int, str, str]:
        box = permissions[target]
        whole = any(not grant.namespace for grant in grants[target])
        shared = targets.get(("other",)) == target
        return shared, -box.risk, not whole, -len(grants[target]), box.title, box.detail

    for rank, target in enumerate(sorted(range(len(permissions)), key=weight)):
        permissions[target].rank = rank


def _sources(lines: Iterable[Line], permissions: list[Permission]) -> tuple[Source, ...]:
    """The worst first; of the same risk, in the order of their permissions. The box for several issuers is last."""
    found: dict[Source, list[Line]] = {}
    for line in lines:
        found.setdefault(line.source, []).append(line)

    def weight(source: Source) -> tuple[bool, int, float, str]:
        ranks = [permissions[line.target].rank for line in found[source]]
        worst = max(line.risk for line in found[source])
        return source == OTHERS, -worst, sum(ranks) / len(ranks), f"{source:>4}"

    return tuple(sorted(found, key=weight))


def _permission(key: Key, kept: int) -> Permission:
    match key:
        case ("both", kind, role, namespace):
            where = f"in {namespace or 'the whole cluster'}"
            return Permission(role, where, f"{kind} {role}", namespace or "*")
        case ("role", kind, role):
            return Permission(role, "", f"{kind} {role}")
        case ("namespace", namespace):
            return Permission(namespace or "the whole cluster", "", "", namespace or "*")
    return Permission("all other roles", f"besides the {kept} above")


def _detail(namespaces: set[str], roles: set[Key]) -> str:
    """`in 12 namespaces`, or the number of roles in a namespace's box."""
    several = f"{len(namespaces - {''})} namespaces"
    if len(namespaces) == 1:
        several = next(iter(namespaces)) or "the whole cluster"
    elif "" in namespaces:
        several = "the whole cluster"
    return f"in {several}" if len(roles) == 1 else f"{len(roles)} roles in {several}"
