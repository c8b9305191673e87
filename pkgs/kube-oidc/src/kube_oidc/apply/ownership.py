"""Whose an object is: by its field managers, our label, and the marks of earlier versions. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from enum import Enum
from typing import Any, Final

from kube_oidc.apply.grants import LABEL
from kube_oidc.cluster.objects import MANAGER, Key, Object

PREFIX: Final = "kube-oidc:"  # names of objects that the NixOS module chooses
ADDON: Final = "kube-oidc"  # k3s' name for the manifest of earlier versions
APPLIED_ON: Final = "kube-oidc/applied-on"  # annotation: the machine that created or changed the object last
_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"
_OBJECT_SET: Final = "objectset.rio.cattle.io/"  # k3s and rke2 (github.com/rancher/wrangler, pkg/apply)


class Owner(Enum):
    """`EARLIER`: an earlier version of kube-oidc, through the addon manager of NixOS or through k3s."""

    OURS = "ours"
    EARLIER = "earlier"
    OTHER = "other"


def owner_of(live: Object, key: Key, *, wanted: bool) -> Owner:
    """Whose the object is; with `wanted`, it is one that we should make ourselves.

    The addon manager's kubectl leaves the same marks as anyone's: an object that is not wanted must also have a name
    that the module makes.
    """
    if any(True for _ in _entries(live)):
        return Owner.OURS
    if of_k3s(live):
        return Owner.EARLIER
    applied = labels_of(live).get(LABEL) == MANAGER or _labels_applied(live).get(LABEL) == MANAGER
    if applied and _APPLIED in annotations_of(live) and (wanted or key.name.startswith(PREFIX)):
        return Owner.EARLIER
    return Owner.OTHER


def owns(live: Object, *path: str) -> bool:
    """Does our field manager own this field (`metadata`, `labels`, …)?"""
    for entry in _entries(live):
        fields: Any = entry.get("fieldsV1")
        for name in path:
            fields = fields.get(f"f:{name}") if isinstance(fields, dict) else None
        if fields is not None:
            return True
    return False


def of_k3s(live: Object) -> bool:
    """Was it made from the manifest that earlier versions gave to k3s or rke2?"""
    found = annotations_of(live)
    kind = str(found.get(f"{_OBJECT_SET}owner-gvk", ""))
    return kind.endswith("Kind=Addon") and found.get(f"{_OBJECT_SET}owner-name") == ADDON


def marks(live: Object) -> Object | None:
    """A merge patch that removes the marks by which k3s or kubectl would prune the object; None without any."""
    patch = {}
    for field, found in (("labels", labels_of(live)), ("annotations", annotations_of(live))):
        names = [name for name in found if name.startswith(_OBJECT_SET) or name == _APPLIED]
        if names:
            patch[field] = dict.fromkeys(names)
    return {"metadata": patch} if patch else None


def applied_on(live: Object) -> str:
    """The machine that created or changed the object last; empty if it is not noted."""
    return str(annotations_of(live).get(APPLIED_ON, ""))


def with_machine(item: Object, name: str) -> Object:
    """The object with a note of the machine that applies it."""
    metadata = item["metadata"]
    return {**item, "metadata": {**metadata, "annotations": {**annotations_of(item), APPLIED_ON: name}}}


def labels_of(live: Object) -> dict[str, Any]:
    """The object's labels."""
    return live["metadata"].get("labels") or {}


def annotations_of(live: Object) -> dict[str, Any]:
    """The object's annotations."""
    return live["metadata"].get("annotations") or {}


def _labels_applied(live: Object) -> dict[str, Any]:
    """The labels of the configuration that kubectl applied last."""
    try:
        metadata = json.loads(annotations_of(live).get(_APPLIED, "{}")).get("metadata") or {}
        labels = metadata.get("labels") or {}
    except (ValueError, AttributeError, RecursionError):
        return {}
    return labels if isinstance(labels, dict) else {}


def _entries(live: Object) -> Iterator[Object]:
    for entry in live["metadata"].get("managedFields") or ():
        if entry.get("manager") == MANAGER and entry.get("operation") == "Apply":
            yield entry
