"""Many clusters: all are asked at the same time, each with its own deadline, and stay in the given order."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from kube_oidc.cluster import ClusterError
from kube_oidc.net.deadline import DEFAULT_SECONDS, Deadline
from kube_oidc.status import Status, fleet
from kube_oidc.status.fleet import Target

CONTEXTS = 30
TARGETS = [Target(f"c{number}", None, f"c{number}") for number in range(CONTEXTS)]


def test_all_clusters_are_asked_at_once_and_stay_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    together = threading.Barrier(CONTEXTS)  # opens only if no cluster waits for another
    limits: list[float] = []

    def connect(_: str | None, context: str | None, deadline: Deadline) -> Any:
        together.wait(timeout=30)
        limits.append(deadline.seconds)
        if context in ("c3", "c17"):
            raise ClusterError("sent no complete response")
        return context

    monkeypatch.setattr(fleet, "connect", connect)
    monkeypatch.setattr(fleet, "gather", lambda *_: Status(None, (), (), time.time()))
    found = fleet.ask(TARGETS, None, DEFAULT_SECONDS, ask_issuers=False)
    assert [cluster.name for cluster in found.clusters] == [target.name for target in TARGETS]
    assert limits == [DEFAULT_SECONDS] * CONTEXTS
    assert [cluster.name for cluster in found.clusters if cluster.status.unusable] == ["c3", "c17"]


def test_the_default_leaves_room_for_a_table_in_fifteen_seconds() -> None:
    assert DEFAULT_SECONDS <= 10
