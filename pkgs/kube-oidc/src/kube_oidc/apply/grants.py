"""The grants file: a JSON List of the objects that the cluster should have."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from kube_oidc.cluster.objects import API_VERSIONS, KINDS, MANAGER, NAMESPACED, Key, Object

LABEL = "app.kubernetes.io/managed-by"


class GrantsError(Exception):
    """The file is not a list of grants; the message says why."""


def parse(data: bytes) -> dict[Key, Object]:
    """The objects by key, roles before bindings, each with our label; GrantsError names the item that is wrong."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise GrantsError(f"it is not JSON ({error})") from None
    if not isinstance(document, dict) or not isinstance(document.get("items"), list):
        raise GrantsError('a List is expected: {"apiVersion": "v1", "kind": "List", "items": […]}')
    wanted: dict[Key, Object] = {}
    for position, item in enumerate(document["items"]):
        key = _key(item, f"items[{position}]")
        if key in wanted:
            raise GrantsError(f"items[{position}]: {key} is in it twice")
        wanted[key] = _labelled(item)
    return dict(sorted(wanted.items(), key=lambda entry: (KINDS.index(entry[0].kind), entry[0])))


def _key(item: Any, where: str) -> Key:
    if not isinstance(item, dict) or not isinstance(item.get("metadata"), dict):
        raise GrantsError(f"{where}: an object with metadata is expected")
    kind, metadata = item.get("kind"), item["metadata"]
    if kind not in KINDS or item.get("apiVersion") != API_VERSIONS[kind]:
        raise GrantsError(f"{where}: {item.get('apiVersion')} {kind} is not one of {', '.join(KINDS)}")
    name, namespace = metadata.get("name"), metadata.get("namespace", "")
    if not isinstance(name, str) or not name or not isinstance(namespace, str):
        raise GrantsError(f"{where}: {kind} without metadata.name")
    if bool(namespace) != (kind in NAMESPACED):
        lacks = "needs metadata.namespace" if kind in NAMESPACED else "has no namespace"
        raise GrantsError(f"{where}: {kind} {name} {lacks}")
    return Key(kind, namespace, name)


def _labelled(item: Mapping[str, Any]) -> Object:
    metadata = item["metadata"]
    labels = {**(metadata.get("labels") or {}), LABEL: MANAGER}
    return {**item, "metadata": {**metadata, "labels": labels}}
