"""Why an object could not be written, and what to do about it."""

from __future__ import annotations

from typing import Final

from kube_oidc.apply import Action, Outcome
from kube_oidc.cluster.exchange import AskingError
from kube_oidc.cluster.objects import MANAGER, Cluster, Key, Object

ADMINISTRATOR: Final = "use the kubeconfig of the cluster's administrator (services.kube-oidc.kubeconfig)"


def of_error(cluster: Cluster, key: Key, error: AskingError, details: tuple[str, ...] = ()) -> Outcome:
    """The outcome of an object whose request failed."""
    remedy = ""
    reason = str(error)
    if error.status == 404 and key.namespace and _is_missing(cluster, key.namespace):
        reason = f"namespace {key.namespace} not found"
        remedy = "create it, or set createNamespace = true in the grant"
    elif error.status in (401, 403):
        remedy = ADMINISTRATOR
    return Outcome(key, Action.FAILED, details, reason, remedy)


def of_unread(kind: str, error: AskingError) -> Outcome:
    """The outcome of a kind that could not be listed: what is no longer granted may still be in force."""
    remedy = ADMINISTRATOR if error.status in (401, 403) else ""
    return Outcome(Key(kind, "", "*"), Action.FAILED, (), f"could not be listed: {error}", remedy)


def of_collision(key: Key, live: Object) -> Outcome:
    """The outcome of a wanted object whose place is taken by someone else's."""
    return Outcome(
        key,
        Action.FAILED,
        (),
        f"exists, and was made by {makers(live)}, not by kube-oidc",
        "delete it, or choose another name for the grant (services.kube-oidc.grants.NAME.name)",
    )


def of_label(key: Key, live: Object) -> Outcome:
    """The outcome of someone else's object that has our label: it is left alone, and named."""
    label = f"app.kubernetes.io/managed-by={MANAGER}"
    return Outcome(
        key,
        Action.LEFT,
        (),
        f"has the label {label}, but was made by {makers(live)}: left alone",
        "if it is an old grant, delete it; else remove the label",
    )


def of_finalizers(live: Object) -> str:
    """Which finalizers keep a deleted object, in words."""
    return "kept by the finalizer " + ", ".join(live["metadata"].get("finalizers") or ())


def makers(live: Object) -> str:
    """The field managers of an object."""
    found = dict.fromkeys(str(entry.get("manager")) for entry in live["metadata"].get("managedFields") or ())
    return ", ".join(found) or "someone else"


def _is_missing(cluster: Cluster, namespace: str) -> bool:
    try:
        return cluster.get(Key("Namespace", "", namespace)) is None
    except AskingError:
        return False
