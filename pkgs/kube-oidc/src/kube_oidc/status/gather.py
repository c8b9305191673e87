"""Queries all API servers and issuers concurrently, with one deadline."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial

from kube_oidc.cluster import server as servers
from kube_oidc.cluster.connection import Connection
from kube_oidc.cluster.server import ServerReport
from kube_oidc.issuers import report as issuers
from kube_oidc.issuers.report import IssuerReport
from kube_oidc.model import Issuer
from kube_oidc.net.bounded import run_concurrently
from kube_oidc.net.deadline import Deadline
from kube_oidc.status import Status, Written


def gather(
    written: Written | None,
    connections: Sequence[Connection],
    discover: Callable[[], Sequence[Connection]],
    asked_issuers: Sequence[Issuer],
    deadline: Deadline,
) -> Status:
    """What the API servers and the issuers answer; no answer is an answer too.

    `discover` asks the cluster which other API servers it has, while those that are known are asked already.
    """

    def discovered() -> list[ServerReport]:
        return run_concurrently([partial(servers.ask, connection) for connection in discover()])

    calls: list[Callable[[], ServerReport | IssuerReport | list[ServerReport]]] = []
    calls += [partial(servers.ask, connection) for connection in connections]
    calls += [discovered]
    calls += [partial(issuers.ask, issuer, deadline) for issuer in asked_issuers]
    answers = run_concurrently(calls)
    found = [answer for answer in answers if isinstance(answer, ServerReport)]
    found += [answer for several in answers if isinstance(several, list) for answer in several]
    return Status(
        written,
        tuple(found),
        tuple(answer for answer in answers if isinstance(answer, IssuerReport)),
        time.time(),
    )
