"""RBAC objects and namespaces in a cluster: listed, applied and deleted, one bounded request each."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from kube_oidc.cluster.connection import Connection
from kube_oidc.cluster.exchange import AskingError, Reply, decoded
from kube_oidc.cluster.pages import pages
from kube_oidc.net.deadline import Deadline

MANAGER: Final = "kube-oidc"  # the field manager of everything that `apply` writes
_RBAC: Final = "/apis/rbac.authorization.k8s.io/v1"
_PATHS: Final = {
    "Namespace": ("/api/v1", "namespaces"),
    "ClusterRole": (_RBAC, "clusterroles"),
    "Role": (_RBAC, "roles"),
    "ClusterRoleBinding": (_RBAC, "clusterrolebindings"),
    "RoleBinding": (_RBAC, "rolebindings"),
}
KINDS: Final = tuple(_PATHS)
NAMESPACED: Final = frozenset({"Role", "RoleBinding"})
API_VERSIONS: Final = {
    kind: "v1" if kind == "Namespace" else "rbac.authorization.k8s.io/v1" for kind in KINDS
}
_RETRIES: Final = 2
_PASSING: Final = (0, 429, 500, 503, 504)
_PAUSE_SECONDS: Final = 1.0
_APPLY: Final = "application/apply-patch+yaml"
_MERGE: Final = "application/merge-patch+json"

Object = dict[str, Any]


class Key(NamedTuple):
    """Which object: its kind, namespace (empty without one) and name."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"

    @property
    def path(self) -> str:
        """Path of the object in the API."""
        root, plural = _PATHS[self.kind]
        within = f"/namespaces/{quote(self.namespace, safe='')}" if self.namespace else ""
        return f"{root}{within}/{plural}/{quote(self.name, safe='')}"


@dataclass(frozen=True, slots=True)
class Cluster:
    """One API server, with `each` seconds for a request and one deadline for all of them.

    `dry` asks it to do everything but store the result.
    """

    way: Connection
    overall: Deadline
    each: float
    dry: bool = False

    @property
    def connection(self) -> Connection:
        """The way to it, for one more request."""
        return self.way.until(Deadline(min(self.each, self.overall.remaining())))

    def list(self, kind: str) -> list[Object]:
        """Every object of this kind, in all namespaces; AskingError if it may not be listed."""
        root, plural = _PATHS[kind]
        read = pages(lambda path: decoded(self._ask("GET", path)), f"{root}/{plural}")
        return [item for page in read for item in page["items"]]

    def get(self, key: Key) -> Object | None:
        """The object; None if it does not exist."""
        try:
            found: Object = decoded(self._ask("GET", key.path))
        except AskingError as error:
            if error.status == 404:
                return None
            raise
        return found

    def apply(self, key: Key, wanted: Object) -> Object:
        """The object after a forced server-side apply by our field manager."""
        query = f"?fieldManager={MANAGER}&force=true" + ("&dryRun=All" if self.dry else "")
        return self._send("PATCH", key.path + query, wanted, _APPLY)

    def merge(self, key: Key, change: Mapping[str, Any]) -> Object:
        """The object after a JSON merge patch (RFC 7396)."""
        query = f"?fieldManager={MANAGER}" + ("&dryRun=All" if self.dry else "")
        return self._send("PATCH", key.path + query, change, _MERGE)

    def delete(self, key: Key, uid: str) -> Object | None:
        """Deletes the object with this uid. Returns it if a finalizer keeps it, None if it is gone."""
        options = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": uid}}
        query = "?dryRun=All" if self.dry else ""
        try:
            answer = self._send("DELETE", key.path + query, options, "application/json")
        except AskingError as error:
            if error.status == 404:
                return None
            raise
        kept = answer.get("kind") != "Status" and (answer.get("metadata") or {}).get("finalizers")
        return answer if kept else None

    def delete_path(self, path: str) -> None:
        """Deletes what is at a path; not an error if nothing is."""
        try:
            self._ask("DELETE", path + ("?dryRun=All" if self.dry else ""))
        except AskingError as error:
            if error.status != 404:
                raise

    def _send(self, method: str, path: str, document: Mapping[str, Any], content_type: str) -> Object:
        body = json.dumps(document).encode()
        answer: Object = decoded(self._ask(method, path, body, content_type))
        return answer

    def _ask(
        self, method: str, path: str, body: bytes | None = None, content_type: str = "application/json"
    ) -> Reply:
        """Asked again if the API server is overloaded or has just restarted."""
        if not self.overall.remaining():
            raise AskingError(f"not tried: all {self.overall.seconds:g} s were used up (--timeout)")
        for _ in range(_RETRIES):
            try:
                return self.connection.ask(method, path, body, content_type)
            except AskingError as error:
                if error.status not in _PASSING or self.overall.remaining() <= _PAUSE_SECONDS:
                    raise
            time.sleep(_PAUSE_SECONDS)
        return self.connection.ask(method, path, body, content_type)
