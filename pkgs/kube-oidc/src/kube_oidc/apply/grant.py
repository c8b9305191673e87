"""Applies the wanted objects, each independently of the others: namespaces, then roles, then bindings."""

from __future__ import annotations

from kube_oidc.apply import Action, Outcome
from kube_oidc.apply.differences import differences, drifted
from kube_oidc.apply.ownership import Owner, applied_on, marks, owner_of, with_machine
from kube_oidc.apply.present import Present
from kube_oidc.apply.reasons import of_collision, of_error, of_finalizers
from kube_oidc.cluster.exchange import AskingError
from kube_oidc.cluster.objects import Cluster, Key, Object


def grant(
    cluster: Cluster, wanted: dict[Key, Object], present: Present, taken: dict[Key, Outcome]
) -> list[Outcome]:
    """What became of each wanted object; `taken` is what was taken from it before."""
    outcomes = []
    planned: set[str] = set()  # namespaces that a dry run did not really create
    for key, item in wanted.items():
        if key.kind == "Namespace":
            outcome = _namespace(cluster, key, item)
            planned |= {key.name} if outcome.action is Action.CREATED else set()
        else:
            outcome = _granted(cluster, key, item, present, taken.get(key), planned)
        outcomes.append(outcome)
    return outcomes


def postponed(wanted: dict[Key, Object], present: Present, taken: dict[Key, Outcome]) -> list[Outcome]:
    """The same if the file is not loaded: nothing new is granted."""
    outcomes = []
    for key, item in wanted.items():
        live = present.ours.get(key)
        if key in present.others:
            outcomes.append(of_collision(key, present.others[key]))
        elif key in taken and taken[key].action is not Action.REVOKED:
            outcomes.append(taken[key])
        elif live is not None and not differences(live, item):
            outcomes.append(Outcome(key, Action.UNCHANGED))
        elif key.kind != "Namespace":
            outcomes.append(Outcome(key, Action.POSTPONED, taken[key].details if key in taken else ()))
    return outcomes


def _namespace(cluster: Cluster, key: Key, item: Object) -> Outcome:
    """Created if it does not exist; else left as it is, whoever made it."""
    try:
        live = cluster.get(key)
        if live is None:
            cluster.apply(key, item)
            return Outcome(key, Action.CREATED)
    except AskingError as error:
        return of_error(cluster, key, error)
    if live["metadata"].get("deletionTimestamp"):
        return Outcome(
            key,
            Action.FAILED,
            (),
            "is being deleted",
            f"wait until it is gone, or see what keeps it: kubectl describe namespace {key.name}",
        )
    return Outcome(key, Action.UNCHANGED)


def _granted(
    cluster: Cluster,
    key: Key,
    item: Object,
    present: Present,
    taken: Outcome | None,
    planned: set[str],
) -> Outcome:
    if key.kind in present.unread:
        return of_error(cluster, key, present.unread[key.kind])
    if key in present.others:
        return of_collision(key, present.others[key])
    if taken is not None and taken.action is Action.FAILED:
        return taken
    live = present.ours.get(key)
    if cluster.dry and (key.namespace in planned or (taken and taken.action is Action.REVOKED)):
        return _outcome(key, live, None, item, taken, present)
    try:
        if live is not None and (patch := marks(live)):
            cluster.merge(key, patch)
        same = live is not None and not differences(live, item) and applied_on(live)
        after = cluster.apply(key, with_machine(item, same or present.here))
    except AskingError as error:
        return of_error(cluster, key, error)
    return _outcome(key, live, after, item, taken, present)


def _outcome(
    key: Key,
    live: Object | None,
    after: Object | None,
    item: Object,
    taken: Outcome | None,
    present: Present,
) -> Outcome:
    if after is not None and after["metadata"].get("deletionTimestamp"):
        return Outcome(
            key,
            Action.FAILED,
            (),
            f"is being deleted, and {of_finalizers(after)}: it will be gone when that is removed",
            "let the finalizer's owner finish, or remove the finalizer; then run apply again",
        )
    if live is None:
        return Outcome(key, Action.CREATED)
    if taken is not None and taken.action is Action.REVOKED:
        return Outcome(key, Action.REPLACED, taken.details)
    found = differences(live, item)
    if owner_of(live, key, wanted=True) is Owner.EARLIER:
        return Outcome(key, Action.ADOPTED, found)
    if not found:
        return Outcome(key, Action.UNCHANGED)
    action = Action.CORRECTED if drifted(live, item) else Action.CHANGED
    return Outcome(key, action, (*found, *present.elsewhere(live)))
