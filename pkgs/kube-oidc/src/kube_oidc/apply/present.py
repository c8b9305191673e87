"""The roles and bindings that a cluster has, as far as they concern us."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kube_oidc.apply.ownership import Owner, applied_on, labels_of, owner_of
from kube_oidc.cluster.exchange import AskingError
from kube_oidc.cluster.objects import MANAGER, Cluster, Key, Object

BINDINGS_FIRST: Final = ("ClusterRoleBinding", "RoleBinding", "ClusterRole", "Role")


@dataclass(frozen=True, slots=True)
class Present:
    """`ours` were made by us or by earlier versions; `others` have a wanted key or our label, but another owner.

    `unread` says of a kind why it could not be listed. `here` is the name of this machine.
    """

    ours: dict[Key, Object]
    others: dict[Key, Object]
    unread: dict[str, AskingError]
    here: str

    def elsewhere(self, live: Object) -> tuple[str, ...]:
        """A detail that names the other machine that applied the object last, if it was another one."""
        machine = applied_on(live)
        return (f"last applied on {machine}",) if machine not in ("", self.here) else ()


def read(cluster: Cluster, wanted: dict[Key, Object], here: str) -> Present:
    """List every role and binding, bindings first; a label selector would miss objects whose label was removed."""
    ours: dict[Key, Object] = {}
    others: dict[Key, Object] = {}
    unread: dict[str, AskingError] = {}
    for kind in BINDINGS_FIRST:
        try:
            items = cluster.list(kind)
        except AskingError as error:
            unread[kind] = error
            continue
        for item in items:
            metadata = item["metadata"]
            key = Key(kind, metadata.get("namespace") or "", metadata["name"])
            if owner_of(item, key, wanted=key in wanted) is not Owner.OTHER:
                ours[key] = item
            elif key in wanted or labels_of(item).get("app.kubernetes.io/managed-by") == MANAGER:
                others[key] = item
    return Present(ours, others, unread, here)
