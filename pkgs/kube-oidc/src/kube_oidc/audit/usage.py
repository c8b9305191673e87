"""Adds up audit events: requests of each identity by grant, refusals by cause, and when each was last."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from kube_oidc.audit.events import Event, GrantKey, Log, Used, read
from kube_oidc.rbac.model import ANONYMOUS


@dataclass
class Count:
    """A number of requests, and the RFC 3339 time of the last one."""

    requests: int = 0
    last: str = ""

    def add(self, time: str) -> None:
        """One more request."""
        self.requests += 1
        self.last = max(self.last, time)


@dataclass
class GrantUse:
    """What an identity did through one grant."""

    role: str
    total: Count = field(default_factory=Count)
    used: dict[Used, Count] = field(default_factory=dict)


@dataclass
class Identity:
    """The requests of one user. `issuer` is the URL of the issuer that makes such names, or empty."""

    name: str
    issuer: str
    total: Count = field(default_factory=Count)
    grants: dict[GrantKey, GrantUse] = field(default_factory=dict)
    refused: dict[Used, Count] = field(default_factory=dict)
    impersonated_by: dict[str, Count] = field(default_factory=dict)


@dataclass
class Audit:
    """The whole log: identities by name, refused tokens, and the period from `first` to `last`."""

    log: Log = field(default_factory=Log)
    requests: int = 0
    first: str = ""
    last: str = ""
    identities: dict[str, Identity] = field(default_factory=dict)
    grants: dict[GrantKey, Count] = field(default_factory=dict)
    unauthenticated: Count = field(default_factory=Count)
    anonymous: Count = field(default_factory=Count)


IssuerOf = Callable[[str], str | None]


def collect(names: Iterable[str], issuer_of: IssuerOf) -> Audit:
    """Adds up the logs. `issuer_of` returns the issuer of a user name, or None to leave its requests out.

    OSError if a file can't be opened.
    """
    audit = Audit()
    for event in _all(names, audit.log):
        audit.requests += 1
        if event.time:
            audit.first = min(audit.first or event.time, event.time)
            audit.last = max(audit.last, event.time)
        if event.grant is not None:
            audit.grants.setdefault(event.grant, Count()).add(event.time)
        if event.code == 401:
            audit.unauthenticated.add(event.time)
        elif event.user == ANONYMOUS:
            audit.anonymous.add(event.time)
        else:
            _of_identity(audit, event, issuer_of)
    return audit


def _all(names: Iterable[str], log: Log) -> Iterator[Event]:
    for name in names:
        yield from read(name, log)


def _of_identity(audit: Audit, event: Event, issuer_of: IssuerOf) -> None:
    identity = audit.identities.get(event.user)
    if identity is None:
        issuer = issuer_of(event.user)
        if issuer is None:
            return
        identity = audit.identities[event.user] = Identity(event.user, issuer)
    identity.total.add(event.time)
    if event.impersonated_by:
        identity.impersonated_by.setdefault(event.impersonated_by, Count()).add(event.time)
    if event.decision == "forbid" or event.code == 403:
        identity.refused.setdefault(event.used, Count()).add(event.time)
    elif event.grant is not None:
        use = identity.grants.setdefault(event.grant, GrantUse(event.role))
        use.total.add(event.time)
        use.used.setdefault(event.used, Count()).add(event.time)
