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
    waiting = [name for name in sorted(roles) if roles[name].aggregation is not None][:MAX_AGGREGATED]
    selected = {name: _selected(name, roles) for name in waiting}
    for _ in range(len(waiting) + 1):
        changed = False
        for name in waiting:
            rules = _union(roles[other].rules for other in selected[name])
            if rules and rules != roles[name].rules:
                roles[name] = replace(roles[name], rules=rules)
                changed = True
        if not changed:
            break
    return roles


def matches(selector: Selector, labels: Mapping[str, str]) -> bool:
    """Does the selector choose what has these labels? An empty one chooses everything."""
    return all(requirement.holds(labels) for requirement in selector)


def _selected(name: str, roles: Mapping[str, Role]) -> list[str]:
    """The names of the selected roles in the controller's order, selector by selector."""
    return [
        other
        for selector in roles[name].aggregation or ()
        for other in sorted(roles)
        if other != name and matches(selector, roles[other].labels)
    ]


def _union(lists: Iterable[tuple[Rule, ...]]) -> tuple[Rule, ...]:
    return tuple(dict.fromkeys(rule for rules in lists for rule in rules))
