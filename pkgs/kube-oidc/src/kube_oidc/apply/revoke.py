"""Takes away what is no longer granted, before anything is granted, whatever the API server says of the file."""

from __future__ import annotations

from kube_oidc.apply import Action, Outcome
from kube_oidc.apply.differences import differences, emptied, must_be_replaced, reduced
from kube_oidc.apply.ownership import marks, with_machine
from kube_oidc.apply.present import Present
from kube_oidc.apply.reasons import of_error, of_finalizers, of_label, of_unread
from kube_oidc.cluster.exchange import AskingError
from kube_oidc.cluster.objects import Cluster, Key, Object


def revoke(cluster: Cluster, wanted: dict[Key, Object], present: Present) -> list[Outcome]:
    """Deletes every object of ours that is not wanted; each independently of the others."""
    outcomes = [
        _deleted(cluster, key, live, present) for key, live in present.ours.items() if key not in wanted
    ]
    outcomes += [of_unread(kind, error) for kind, error in present.unread.items()]
    outcomes += [of_label(key, live) for key, live in present.others.items() if key not in wanted]
    return outcomes


def reduce(cluster: Cluster, wanted: dict[Key, Object], present: Present) -> dict[Key, Outcome]:
    """Removes from every wanted object what it should no longer grant: subjects, rules, or another role."""
    outcomes = {}
    for key, live in present.ours.items():
        if key in wanted:
            outcome = _reduced(cluster, key, live, wanted[key], present)
            if outcome:
                outcomes[key] = outcome
    return outcomes


def _deleted(cluster: Cluster, key: Key, live: Object, present: Present) -> Outcome:
    """A finalizer would keep it in force: such an object is emptied first."""
    try:
        kept = _delete(cluster, key, live)
    except AskingError as error:
        return of_error(cluster, key, error)
    if kept is None:
        return Outcome(key, Action.REVOKED, present.elsewhere(live))
    details = f"it grants nothing any more, but is {of_finalizers(kept)}"
    return Outcome(key, Action.REVOKED, (*present.elsewhere(live), details))


def _delete(cluster: Cluster, key: Key, live: Object) -> Object | None:
    if live["metadata"].get("finalizers"):
        cluster.merge(key, emptied(live))
    kept = cluster.delete(key, live["metadata"]["uid"])
    if kept is not None and not live["metadata"].get("finalizers"):
        cluster.merge(key, emptied(live))  # a finalizer that was added a moment ago
    return kept


def _reduced(cluster: Cluster, key: Key, live: Object, wanted: Object, present: Present) -> Outcome | None:
    """None if it grants nothing but what is wanted."""
    try:
        if why := must_be_replaced(live, wanted):
            kept = _delete(cluster, key, live)
            return Outcome(key, Action.REVOKED, (why, *((of_finalizers(kept),) if kept else ())))
        less = reduced(live, wanted)
        if less is None:
            return None
        if patch := marks(live):
            cluster.merge(key, patch)
        cluster.apply(key, with_machine(less, present.here))
    except AskingError as error:
        return of_error(cluster, key, error)
    return Outcome(key, Action.REDUCED, (*differences(live, wanted), *present.elsewhere(live)))
