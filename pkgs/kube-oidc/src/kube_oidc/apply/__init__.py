"""Makes a cluster have the grants of one configuration and no others.

What is no longer granted is revoked first; what is new is granted once the API server has loaded the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kube_oidc.cluster.objects import Key


class Action(StrEnum):
    """What became of one object."""

    UNCHANGED = "unchanged"
    CREATED = "created"
    CHANGED = "changed"
    CORRECTED = "corrected"  # changed by someone else since we applied it
    ADOPTED = "adopted"  # from an earlier version of kube-oidc
    REPLACED = "replaced"  # deleted and created, because a binding cannot change its role
    REVOKED = "revoked"
    REDUCED = "reduced"  # what is no longer granted is gone, what is newly granted is still missing
    POSTPONED = "postponed"  # a grant that waits for the file
    LEFT = "left"  # has our label, but was made by someone else
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One object and what became of it; `reason` and `remedy` say why it is not as it should be."""

    key: Key
    action: Action
    details: tuple[str, ...] = ()
    reason: str = ""
    remedy: str = ""

    @property
    def failed(self) -> bool:
        """Is the cluster not as configured, as far as this object goes?"""
        return self.action in (Action.FAILED, Action.POSTPONED, Action.REDUCED)


@dataclass(frozen=True, slots=True)
class Loading:
    """Whether this machine's API server has loaded the file; if not, why, and what to do."""

    loaded: bool
    reason: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Applied:
    """Everything that one run of `apply` did."""

    path: str
    hash: str
    server: str
    loading: Loading
    outcomes: tuple[Outcome, ...]
    dry: bool
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Is the file loaded, and does the cluster have these grants and no others?"""
        return (self.loading.loaded or self.dry) and not any(each.failed for each in self.outcomes)

    def count(self, *actions: Action) -> int:
        """How many objects ended so."""
        return sum(each.action in actions for each in self.outcomes)
