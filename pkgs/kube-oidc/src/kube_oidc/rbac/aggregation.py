"""The rules that the controller manager writes into ClusterRoles with an aggregationRule.

Source: `k8s.io/kubernetes/pkg/controller/clusterroleaggregation`. The rules of all selected roles replace the role's
own, repeatedly until nothing changes. If the selected roles have none, the role's own rules stay: the controller then
applies no rules, and it can't remove rules that another field manager applied.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from kube_oidc.rbac.model import Role, Rule, Selector

MAX_AGGREGATED: Final = 200


def aggregated(cluster_roles: Mapping[str, Role]) -> dict[str, Role]:
    """The same roles as they are once the controller has come to rest.

    Beyond 200 roles with an aggregationRule the rest keeps the rules it has in its file.
    """
    roles = dict(cluster_roles)
    selectors = {name: role.aggregation for name, role in roles.items() if role.aggregation is not None}
    selected = {name: _selected(name, selectors[name], roles) for name in sorted(selectors)[:MAX_AGGREGATED]}
    for _ in range(len(selected) + 1):
        before = dict(roles)
        for name, others in selected.items():
            if rules := _union(roles[other].rules for other in others):
                roles[name] = replace(roles[name], rules=rules)
        if roles == before:
            break
    return roles


def matches(selector: Selector, labels: Mapping[str, str]) -> bool:
    """Does the selector choose what has these labels? An empty one chooses everything."""
    return all(requirement.holds(labels) for requirement in selector)


def _selected(name: str, selectors: Iterable[Selector], roles: Mapping[str, Role]) -> list[str]:
    """The names of the selected roles in the controller's order, selector by selector."""
    return [
        other
        for selector in selectors
        for other in sorted(roles)
        if other != name and matches(selector, roles[other].labels)
    ]


def _union(lists: Iterable[tuple[Rule, ...]]) -> tuple[Rule, ...]:
    return tuple(dict.fromkeys(rule for rules in lists for rule in rules))
