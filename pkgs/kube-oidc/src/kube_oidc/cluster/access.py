"""Reads RBAC objects from a cluster, and asks the API server what a user can do."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

from kube_oidc.cluster.connection import Connection
from kube_oidc.cluster.exchange import AskingError
from kube_oidc.model import UserInfo
from kube_oidc.rbac import Loaded, Request, decode

_GROUP: Final = "/apis/rbac.authorization.k8s.io/v1"
_EVERYWHERE: Final = ("clusterroles", "clusterrolebindings")
_NAMESPACED: Final = ("roles", "rolebindings")
_PAGE: Final = 500
_MOST_PAGES: Final = 2000


def read(connection: Connection, namespace: str) -> tuple[Loaded, tuple[str, ...]]:
    """Every readable role and binding, and what couldn't be read, with the reason.

    If roles of all namespaces can't be read, only those of `namespace` are.
    """
    lists: list[Any] = []
    missing: list[str] = []
    for kind in (*_EVERYWHERE, *_NAMESPACED):
        try:
            lists += _pages(connection, f"{_GROUP}/{kind}")
        except AskingError as error:
            reason = f"{kind}: {error}"
            if kind in _NAMESPACED and namespace and error.status == 403:
                reason = f"{kind} of other namespaces than {namespace}: {error}"
                try:
                    lists += _pages(connection, f"{_GROUP}/namespaces/{quote(namespace, safe='')}/{kind}")
                except AskingError as second:
                    reason = f"{kind}: {second}"
            missing.append(reason)
    return decode(lists, connection.server), tuple(missing)


def _pages(connection: Connection, path: str) -> list[Any]:
    pages: list[Any] = []
    token = ""
    while len(pages) < _MOST_PAGES:
        query = f"?limit={_PAGE}" + (f"&continue={quote(token, safe='')}" if token else "")
        page = connection.get(path + query)
        if not isinstance(page.get("items"), list):
            raise AskingError("the response is not a list: is this an API server?", 200)
        pages.append(page)
        metadata = page.get("metadata")
        token = str(metadata.get("continue") or "") if isinstance(metadata, dict) else ""
        if not token:
            break
    return pages


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
