"""Applies the wanted objects, each independently of the others: namespaces, then roles, then bindings."""

from __future__ import annotations

from dataclasses import dataclass, field

from kube_oidc.apply import Action, Outcome
from kube_oidc.apply.differences import differences, drifted
from kube_oidc.apply.ownership import Owner, applied_on, marks, owner_of, with_machine
from kube_oidc.apply.present import Present
from kube_oidc.apply.reasons import of_collision, of_error, of_finalizers
from kube_oidc.cluster.exchange import AskingError
from kube_oidc.cluster.objects import Cluster, Key, Object


@dataclass(frozen=True, slots=True)
class Granting:
    """What is known before anything is granted; `taken` is what was taken from the wanted objects (`revoke.reduce`)."""

    cluster: Cluster
    present: Present
    taken: dict[Key, Outcome]
    _planned: set[str] = field(default_factory=set)  # namespaces that a dry run did not really create

    def grant(self, wanted: dict[Key, Object]) -> list[Outcome]:
        """What became of each wanted object."""
        return [
            self._namespace(key, item)
            if key.kind == "Namespace"
            else self._obstacle(key) or self._granted(key, item)
            for key, item in wanted.items()
        ]

    def postpone(self, wanted: dict[Key, Object]) -> list[Outcome]:
        """The same if the file is not loaded: nothing new is granted."""
        return [
            self._obstacle(key) or self._postponed(key, item)
            for key, item in wanted.items()
            if key.kind != "Namespace"
        ]

    def _obstacle(self, key: Key) -> Outcome | None:
        """Why the object must not be touched; None if it may be."""
        if key.kind in self.present.unread:
            return of_error(self.cluster, key, self.present.unread[key.kind])
        if key in self.present.others:
            return of_collision(key, self.present.others[key])
        taken = self.taken.get(key)
        return taken if taken is not None and taken.action is Action.FAILED else None

    def _postponed(self, key: Key, item: Object) -> Outcome:
        live, taken = self.present.ours.get(key), self.taken.get(key)
        if taken is not None and taken.action is Action.REDUCED:
            return taken
        if live is not None and not differences(live, item):
            return Outcome(key, Action.UNCHANGED)
        return Outcome(key, Action.POSTPONED, taken.details if taken else ())

    def _namespace(self, key: Key, item: Object) -> Outcome:
        """Create the namespace if it doesn't exist; otherwise don't change it."""
        try:
            live = self.cluster.get(key)
            if live is None:
                self.cluster.apply(key, item)
                self._planned.add(key.name)
                return Outcome(key, Action.CREATED)
        except AskingError as error:
            return of_error(self.cluster, key, error)
        if live["metadata"].get("deletionTimestamp"):
            remedy = f"wait until it is gone, or see what keeps it: kubectl describe namespace {key.name}"
            return Outcome(key, Action.FAILED, (), "is being deleted", remedy)
        return Outcome(key, Action.UNCHANGED)

    def _granted(self, key: Key, item: Object) -> Outcome:
        live, taken = self.present.ours.get(key), self.taken.get(key)
        replaced = taken is not None and taken.action is Action.REVOKED
        if self.cluster.dry and (key.namespace in self._planned or replaced):
            return self._became(key, item, live, taken)  # the server has nothing to try it on
        try:
            if live is not None and (patch := marks(live)):
                self.cluster.merge(key, patch)
            same = live is not None and not differences(live, item) and applied_on(live)
            after = self.cluster.apply(key, with_machine(item, same or self.present.here))
        except AskingError as error:
            return of_error(self.cluster, key, error)
        if after["metadata"].get("deletionTimestamp"):
            reason = f"is being deleted, and {of_finalizers(after)}: it will be gone when that is removed"
            remedy = "let the finalizer's owner finish, or remove the finalizer; then run apply again"
            return Outcome(key, Action.FAILED, (), reason, remedy)
        return self._became(key, item, live, taken)

    def _became(self, key: Key, item: Object, live: Object | None, taken: Outcome | None) -> Outcome:
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
        return Outcome(key, action, (*found, *self.present.elsewhere(live)))
