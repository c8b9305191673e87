"""Reads RBAC objects from a cluster, and asks the API server what a user can do."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

from kube_oidc.cluster.connection import Connection
from kube_oidc.cluster.exchange import AskingError
from kube_oidc.cluster.pages import pages
from kube_oidc.model import UserInfo
from kube_oidc.rbac import Loaded, Request, decode

_GROUP: Final = "/apis/rbac.authorization.k8s.io/v1"
_EVERYWHERE: Final = ("clusterroles", "clusterrolebindings")
_NAMESPACED: Final = ("roles", "rolebindings")


def read(connection: Connection, namespace: str) -> tuple[Loaded, tuple[str, ...]]:
    """Every readable role and binding, and what couldn't be read, with the reason.

    If roles of all namespaces can't be read, only those of `namespace` are.
    """
    lists: list[Any] = []
    missing: list[str] = []
    for kind in (*_EVERYWHERE, *_NAMESPACED):
        try:
            lists += pages(connection.get, f"{_GROUP}/{kind}")
        except AskingError as error:
            reason = f"{kind}: {error}"
            if kind in _NAMESPACED and namespace and error.status == 403:
                reason = f"{kind} of other namespaces than {namespace}: {error}"
                try:
                    within = f"{_GROUP}/namespaces/{quote(namespace, safe='')}"
                    lists += pages(connection.get, f"{within}/{kind}")
                except AskingError as second:
                    reason = f"{kind}: {second}"
            missing.append(reason)
    return decode(lists, connection.server), tuple(missing)


def review(connection: Connection, user: UserInfo, request: Request) -> bool | None:
    """The API server's decision from a SubjectAccessReview; None if we aren't allowed to ask."""
    spec: dict[str, Any] = {"user": user.username, "groups": list(user.groups), "uid": user.uid}
    spec["extra"] = {key: list(values) for key, values in user.extra.items()}
    if request.path:
        spec["nonResourceAttributes"] = {"verb": request.verb, "path": request.path}
    else:
        spec["resourceAttributes"] = {
            "verb": request.verb,
            "group": request.api_group,
            "resource": request.resource,
            "subresource": request.subresource,
            "name": request.name,
            "namespace": request.namespace,
        }
    document = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}
    try:
        status = connection.post("/apis/authorization.k8s.io/v1/subjectaccessreviews", document)["status"]
        return bool(status["allowed"])
    except (AskingError, KeyError, TypeError):
        return None
