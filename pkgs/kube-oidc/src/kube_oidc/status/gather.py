"""Asks everybody at once: each question has its own time, so the whole takes as long as the slowest."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial

from kube_oidc.bounded import together
from kube_oidc.cluster import server as servers
from kube_oidc.cluster.connection import Connection
from kube_oidc.cluster.server import ServerReport
from kube_oidc.issuers import report as issuers
from kube_oidc.issuers.report import IssuerReport
from kube_oidc.model import Issuer
from kube_oidc.status import Status, Written


def gather(
    written: Written | None,
    connections: Sequence[Connection],
    asked_issuers: Sequence[Issuer],
    timeout_seconds: float,
) -> Status:
    """What the API servers and the issuers answer; no answer is an answer too."""
    calls: list[Callable[[], ServerReport | IssuerReport]] = []
    calls += [partial(servers.ask, connection) for connection in connections]
    calls += [partial(issuers.ask, issuer, timeout_seconds) for issuer in asked_issuers]
    answers = together(calls)
    return Status(
        written,
        tuple(answer for answer in answers if isinstance(answer, ServerReport)),
        tuple(answer for answer in answers if isinstance(answer, IssuerReport)),
        time.time(),
    )
