"""The data of the drawing: issuers on the left, permissions on the right, grouped to a readable number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from kube_oidc.access.model import Access, Holder, Power, power_of
from kube_oidc.rbac import Grant
from kube_oidc.rbac.builtin import is_builtin

MOST: Final = 32  # permissions; beyond, they are put together
MOST_SOURCES: Final = 20
EVERYBODY: Final = "everybody"
OTHERS: Final = "others"  # the issuers with fewest grants, where there are too many to draw


@dataclass(slots=True)
class Permission:
    """A box on the right; `search` is the search text that finds its grants."""

    title: str
    detail: str
    search: str
    power: Power = Power.NOTHING


@dataclass(slots=True)
class Line:
    """A line from an issuer (position, `everybody` or `others`) to a permission, for these principals."""

    source: int | str
    target: int
    power: Power = Power.NOTHING
    holders: set[tuple[str, str]] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Picture:
    """`others` is the number of issuers that share one box."""

    permissions: tuple[Permission, ...]
    lines: tuple[Line, ...]
    others: int = 0


Key = tuple[str, ...]
Pair = tuple[int | str, Holder, Grant]


def picture(report: Access) -> Picture:
    """The finest grouping with few enough boxes; otherwise the weakest permissions share one."""
    pairs, others = _gathered(list(_pairs(report)))
    groupings: tuple[Callable[[Grant], Key], ...] = (_by_role_and_namespace, _by_role, _by_namespace)
    for grouping in groupings:
        keys = {grouping(grant) for _, _, grant in pairs}
        if len(keys) <= MOST:
            return replace(_drawn(pairs, grouping, keys), others=others)
    kept = _strongest(pairs, _by_role)
    drawn = _drawn(pairs, lambda grant: key if (key := _by_role(grant)) in kept else ("other",), kept)
    return replace(drawn, others=others)


def _gathered(pairs: list[Pair]) -> tuple[list[Pair], int]:
    """The pairs of the issuers with the most grants; all others are merged."""
    counts = Counter(source for source, _, _ in pairs if source != EVERYBODY)
    if len(counts) <= MOST_SOURCES:
        return pairs, 0
    kept = {EVERYBODY, *(source for source, _ in counts.most_common(MOST_SOURCES - 1))}
    gathered: list[Pair] = [(one if one in kept else OTHERS, holder, grant) for one, holder, grant in pairs]
    return gathered, len(counts) - MOST_SOURCES + 1


def _pairs(report: Access) -> Iterator[Pair]:
    for issuer in report.issuers:
        for holder in issuer.holders:
            for grant in holder.grants:
                yield issuer.position, holder, grant
    for holder in (*report.everyone, *report.anonymous):
        for grant in holder.grants:
            if not is_builtin(grant.binding):
                yield EVERYBODY, holder, grant


def _by_role_and_namespace(grant: Grant) -> Key:
    return ("both", *_by_role(grant)[1:], grant.namespace)


def _by_role(grant: Grant) -> Key:
    return ("role", grant.binding.role_kind, grant.binding.role_name)


def _by_namespace(grant: Grant) -> Key:
    return ("namespace", grant.namespace)


def _strongest(pairs: Iterable[Pair], grouping: Callable[[Grant], Key]) -> set[Key]:
    """The most powerful and most used keys; one box is left for the others."""
    weight: dict[Key, tuple[Power, int]] = {}
    for _, _, grant in pairs:
        power, count = weight.get(grouping(grant), (Power.NOTHING, 0))
        weight[grouping(grant)] = (max(power, power_of(grant)), count + 1)
    return set(sorted(weight, key=lambda key: weight[key], reverse=True)[: MOST - 1])


def _drawn(pairs: list[Pair], grouping: Callable[[Grant], Key], kept: set[Key]) -> Picture:
    keys: dict[Key, int] = {}
    permissions: list[Permission] = []
    spaces: list[set[str]] = []
    roles: list[set[Key]] = []
    lines: dict[tuple[int | str, int], Line] = {}
    for source, holder, grant in pairs:
        key = grouping(grant)
        if key not in keys:
            keys[key] = len(permissions)
            permissions.append(_permission(key, len(kept)))
            spaces.append(set())
            roles.append(set())
        target, power = keys[key], power_of(grant)
        permissions[target].power = max(permissions[target].power, power)
        spaces[target].add(grant.namespace)
        roles[target].add(_by_role(grant))
        line = lines.setdefault((source, target), Line(source, target))
        line.power = max(line.power, power)
        line.holders.add((holder.kind, holder.name))
    for permission, names, some in zip(permissions, spaces, roles, strict=True):
        permission.detail = permission.detail or _detail(names, some)
    return Picture(tuple(permissions), tuple(lines.values()))


def _permission(key: Key, kept: int) -> Permission:
    match key:
        case ("both", _, role, namespace):
            return Permission(role, f"in {namespace or 'the whole cluster'}", f"{role} {namespace}".strip())
        case ("role", _, role):
            return Permission(role, "", role)
        case ("namespace", namespace):
            return Permission(namespace or "the whole cluster", "", namespace or "the whole cluster")
    return Permission("all other roles", f"besides the {kept} above", "")


def _detail(namespaces: set[str], roles: set[Key]) -> str:
    """`in 12 namespaces`, or the number of roles in a namespace's box."""
    where = (
        f"{len(namespaces)} namespaces"
        if len(namespaces) > 1
        else next(iter(namespaces)) or "the whole cluster"
    )
    return f"in {where}" if len(roles) == 1 else f"{len(roles)} roles in {where}"
