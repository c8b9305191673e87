"""The resources that every API server has, by any name that kubectl accepts.

Source: `kubectl api-resources` of Kubernetes 1.36 (`resources.txt`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

from kube_oidc.data import folder

SUBRESOURCES: Final = frozenset(
    {
        "approval", "attach", "binding", "ephemeralcontainers", "eviction", "exec", "finalize", "log", "portforward",
        "proxy", "resize", "scale", "status", "token",
    }
)  # fmt: skip
VERBS: Final = (
    "get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "use", "bind", "escalate",
    "impersonate", "approve", "sign", "attest",
)  # fmt: skip
URL_VERBS: Final = ("get", "head", "post", "put", "patch", "delete", "options")
# What people type for commands of kubectl → the question that they mean.
COMMANDS: Final = {
    "exec": "create pods/exec", "logs": "get pods/log", "log": "get pods/log",
    "port-forward": "create pods/portforward",
    "attach": "create pods/attach", "cp": "create pods/exec", "scale": "patch deployments/scale",
    "apply": "patch, and create for new objects", "edit": "get and patch", "rollout": "patch deployments",
    "describe": "get", "read": "get, list and watch", "write": "create, update, patch and delete",
    "drain": "create pods/eviction", "cordon": "patch nodes", "label": "patch", "annotate": "patch",
    "debug": "patch pods/ephemeralcontainers", "expose": "create services", "run": "create pods",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource type; `group` is empty for the core group."""

    name: str
    group: str
    kind: str
    namespaced: bool


@cache
def _by_name() -> dict[str, tuple[Resource, ...]]:
    """Every name in lower case: plural, singular, kind and short names."""
    found: dict[str, tuple[Resource, ...]] = {}
    for line in (folder("rbac") / "resources.txt").read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        name, group, kind, namespaced, *short = line.split()
        resource = Resource(name, "" if group == "-" else group, kind, namespaced == "N")
        for known in dict.fromkeys((name, kind.lower(), *short)):
            found[known] = (*found.get(known, ()), resource)
    return found


def named(word: str, group: str | None = None) -> Resource | None:
    """The resource with this plural, singular, short or kind name; with a group, only one of that group.

    kubectl prefers the core group and `apps` over `metrics.k8s.io` in the same way: the first in the list.
    """
    found = _by_name().get(word.lower(), ())
    return next((each for each in found if group is None or each.group == group), None)


def all_names() -> tuple[str, ...]:
    """Every plural name, for suggestions."""
    return tuple(dict.fromkeys(each.name for every in _by_name().values() for each in every))
