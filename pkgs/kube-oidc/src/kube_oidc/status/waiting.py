"""Waits until every API server has loaded the file, or one of them has failed to."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import starmap
from typing import Final

from kube_oidc.cluster.connection import Connection
from kube_oidc.cluster.exchange import AskingError
from kube_oidc.cluster.metrics import ServerMetrics
from kube_oidc.cluster.server import ask_metrics
from kube_oidc.net.bounded import together
from kube_oidc.net.deadline import Deadline
from kube_oidc.status import Written
from kube_oidc.status.times import ago

_PAUSE_SECONDS: Final = 1.0
_REPORT_SECONDS: Final = 10.0
RECENT_SECONDS: Final = 120.0  # a failure within them, and after the file took its place, is about this file
PATIENCE_SECONDS: Final = 10.0  # an API server that starts answers 403 before its roles are there
IDLE_SECONDS: Final = 75.0  # kube-apiserver looks at its file once a minute
RETRY_SECONDS: Final = (
    150.0  # and a file whose issuer does not answer is given up after a minute, until it looks again
)


@dataclass(frozen=True, slots=True)
class Watch:
    """The failures that an API server had counted when the waiting began, at `start` (Unix seconds)."""

    failures: int
    start: float

    def failed(self, metrics: ServerMetrics, written: Written, now: float) -> str:
        """How this API server failed to load the file; empty while it may still do so.

        It never tries again what it refuses, and tries again once a minute where an issuer did not answer: both
        count as the same failure. Source: kube-apiserver's `ApplyTo` in `pkg/kubeapiserver/options/authentication.go`.
        """
        last = metrics.last_reload
        if metrics.loaded_hash == written.hash or not last or last[0] != "failure":
            return ""
        since = max(written.changed, self.start - RECENT_SECONDS)
        again = metrics.reloads.get("failure", 0) > self.failures
        idle = now - self.start > IDLE_SECONDS
        if not (again or last[1] >= since or idle):
            return ""
        if written.refusal:
            return f"its reload failed {ago(last[1], now)}: {written.refusal}"
        silent = now - last[1] > RETRY_SECONDS
        return f"its reload failed {ago(last[1], now)}, and it has not tried again" if silent else ""


@dataclass(slots=True)
class Waiting:
    """All of them, each with its watch, and since when there has been no point in asking it again."""

    written: Written
    start: float
    watches: dict[str, Watch] = field(default_factory=dict)
    _useless: dict[str, float] = field(default_factory=dict)

    def end(self, server: str, answer: ServerMetrics | AskingError, now: float) -> str:
        """Why there is no point in waiting for this API server; empty while there is."""
        useless = _useless(answer)
        if useless:
            lasts = now - self._useless.setdefault(server, now)
            return useless if lasts >= PATIENCE_SECONDS else ""
        self._useless.pop(server, None)
        if isinstance(answer, AskingError):
            return ""
        watch = self.watches.setdefault(server, Watch(answer.reloads.get("failure", 0), self.start))
        return watch.failed(answer, self.written, now)

    def failures(self, server: str, answer: ServerMetrics | AskingError) -> int:
        """How many reloads of this API server have failed since the waiting began."""
        if isinstance(answer, AskingError) or server not in self.watches:
            return 0
        return max(0, answer.reloads.get("failure", 0) - self.watches[server].failures)


def _useless(answer: ServerMetrics | AskingError) -> str:
    """An API server that starts may answer so for a moment, and only then."""
    if isinstance(answer, AskingError):
        return f"its metrics cannot be asked: {answer}" if answer.status in (401, 403) else ""
    return (
        ""
        if answer.loaded_hash
        else "it says of no file that it has loaded it (Kubernetes 1.34 and later do)"
    )


def wait(
    written: Written, connections: Sequence[Connection], seconds: float, say: Callable[[str], None]
) -> None:
    """Returns when there is nothing to wait for any more; `say` gets the progress, a line at a time."""
    deadline = Deadline(seconds)
    each = connections[0].deadline.seconds if connections else seconds
    waiting = Waiting(written, time.time())
    said = 0.0
    while late := _late(written, connections, Deadline(min(each, deadline.remaining()))):
        now = time.time()
        for server, answer in late.items():
            if reason := waiting.end(server, answer, now):
                say(f"{server}: {reason}")
                return
        if deadline.remaining() <= _PAUSE_SECONDS:
            say(f"not loaded within {seconds:g} s: {', '.join(starmap(_named, late.items()))}")
            return
        if now - said >= _REPORT_SECONDS:
            said = now
            have = f"{len(connections) - len(late)} of {len(connections)} API servers have loaded"
            failures = sum(waiting.failures(server, answer) for server, answer in late.items())
            tried = (
                f"; failed reloads: {failures}, it tries again once a minute where an issuer did not answer"
            )
            so_far = f"{now - waiting.start:.0f} s of {seconds:g} s"
            why = next((f"; {answer}" for answer in late.values() if isinstance(answer, AskingError)), "")
            say(f"{have} {written.path}, {so_far}{tried if failures else why}")
        time.sleep(_PAUSE_SECONDS)


def _named(server: str, answer: ServerMetrics | AskingError) -> str:
    return f"{server} ({answer})" if isinstance(answer, AskingError) else server


def _late(
    written: Written, connections: Sequence[Connection], deadline: Deadline
) -> dict[str, ServerMetrics | AskingError]:
    """The API servers that have another file, or do not say, with their metrics or why there are none."""
    answers = together([partial(_metrics, connection.until(deadline)) for connection in connections])
    named = zip((connection.server for connection in connections), answers, strict=True)
    return {
        server: answer
        for server, answer in named
        if isinstance(answer, AskingError) or answer.loaded_hash != written.hash
    }


def _metrics(connection: Connection) -> ServerMetrics | AskingError:
    try:
        return ask_metrics(connection)
    except AskingError as error:
        return error
