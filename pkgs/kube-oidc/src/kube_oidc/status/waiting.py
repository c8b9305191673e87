"""Waits until every API server has loaded the file, or one of them has failed to."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from kube_oidc.bounded import together
from kube_oidc.cluster.connection import Connection
from kube_oidc.cluster.exchange import AskingError
from kube_oidc.cluster.metrics import ServerMetrics
from kube_oidc.cluster.server import ask_metrics
from kube_oidc.deadline import Deadline
from kube_oidc.status import Written
from kube_oidc.status.times import ago

_PAUSE_SECONDS: Final = 1.0
_REPORT_SECONDS: Final = 10.0
RECENT_SECONDS: Final = 120.0  # a failure within them, and after the file took its place, is about this file
IDLE_SECONDS: Final = 75.0  # kube-apiserver looks at its file once a minute


@dataclass(frozen=True, slots=True)
class Watch:
    """The failures that an API server had counted when the waiting began, at `start` (Unix seconds)."""

    failures: int
    start: float

    def failed(self, metrics: ServerMetrics, written: Written, now: float) -> str:
        """How this API server failed to load the file; empty while it may still do so."""
        last = metrics.last_reload
        if metrics.loaded_hash == written.hash or not last or last[0] != "failure":
            return ""
        since = max(written.changed, self.start - RECENT_SECONDS)
        again = metrics.reloads.get("failure", 0) > self.failures
        idle = now - self.start > IDLE_SECONDS
        return f"its reload failed {ago(last[1], now)}" if again or last[1] >= since or idle else ""


def wait(
    written: Written, connections: Sequence[Connection], seconds: float, say: Callable[[str], None]
) -> None:
    """Returns when there is nothing to wait for any more; `say` gets the progress, a line at a time."""
    deadline = Deadline(seconds)
    start = time.time()
    watches: dict[str, Watch] = {}
    said = 0.0
    while late := _late(written, connections):
        now = time.time()
        for server, answer in late.items():
            if answer is not None:
                watch = watches.setdefault(server, Watch(answer.reloads.get("failure", 0), start))
                if problem := watch.failed(answer, written, now):
                    say(f"{server}: {problem}")
                    return
        if deadline.remaining() <= _PAUSE_SECONDS:
            say(f"not loaded within {seconds:g} s: {', '.join(late)}")
            return
        if now - said >= _REPORT_SECONDS:
            said = now
            have = f"{len(connections) - len(late)} of {len(connections)} API servers have loaded"
            say(f"{have} {written.path}, {now - start:.0f} s of {seconds:g} s")
        time.sleep(_PAUSE_SECONDS)


def _late(written: Written, connections: Sequence[Connection]) -> dict[str, ServerMetrics | None]:
    """The API servers that have another file, or do not say, with their metrics."""
    answers = together([partial(_metrics, connection) for connection in connections])
    named = zip((connection.server for connection in connections), answers, strict=True)
    return {server: answer for server, answer in named if not answer or answer.loaded_hash != written.hash}


def _metrics(connection: Connection) -> ServerMetrics | None:
    try:
        return ask_metrics(connection)
    except AskingError:
        return None
