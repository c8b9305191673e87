"""Waits until every API server has loaded the file, or one of them has failed to (`status --wait` and `apply`)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import starmap
from typing import Final

from kube_oidc.cluster.connection import Connection
from kube_oidc.cluster.exchange import AskingError
from kube_oidc.cluster.metrics import ServerMetrics
from kube_oidc.cluster.server import ask_metrics, ask_version
from kube_oidc.net.bounded import run_concurrently
from kube_oidc.net.deadline import Deadline
from kube_oidc.status import Written
from kube_oidc.status.loading import IDLE_SECONDS, RETRY_SECONDS, State, state
from kube_oidc.status.times import ago
from kube_oidc.verdict.versions import KubernetesVersion

_PAUSE_SECONDS: Final = 1.0
_REPORT_SECONDS: Final = 10.0
RECENT_SECONDS: Final = 120.0  # a failure within them, and after the file took its place, is about this file
SETTLED_SECONDS: Final = (
    15.0  # a renamed file is read at once, or after ten seconds if another is being loaded
)
PATIENCE_SECONDS: Final = 10.0  # an API server that starts answers 403 before its roles are there


@dataclass(frozen=True, slots=True)
class Answer:
    """What an API server's metrics say; `version` is None if it did not say."""

    metrics: ServerMetrics
    version: KubernetesVersion | None

    def state(self, written: Written, now: float) -> State:
        """Has it loaded the file?"""
        return state(self.metrics, self.version, written, now)


Answers = Mapping[str, Answer | AskingError]
Inquiry = Callable[[str, Answer | AskingError], str]  # server and answer → why there is no point in waiting


@dataclass(frozen=True, slots=True)
class Watch:
    """The failures that an API server had counted when the waiting began, at `start` (Unix seconds)."""

    failures: int
    start: float

    def failed(self, answer: Answer, written: Written, now: float) -> str:
        """How this API server failed to load the file; empty while it may still do so.

        It never tries again what it refuses, and tries again once a minute if an issuer did not answer: both count as
        the same failure.
        """
        metrics = answer.metrics
        last = metrics.last_reload
        if answer.state(written, now) is State.LOADED or not last or last[0] != "failure":
            return ""
        since = max(written.changed, self.start - RECENT_SECONDS)
        again = metrics.reloads.get("failure", 0) > self.failures
        waited = now - self.start
        if written.refusal and (again or last[1] >= since or waited > SETTLED_SECONDS):
            return f"its reload failed {ago(last[1], now)}: {written.refusal}"
        if not (again or last[1] >= since or waited > IDLE_SECONDS):
            return ""
        silent = now - last[1] > RETRY_SECONDS
        return f"its reload failed {ago(last[1], now)}, and it has not tried again" if silent else ""


@dataclass(slots=True)
class Waiting:
    """All of them, each with its watch, and since when there has been no point in asking it again."""

    written: Written
    start: float
    watches: dict[str, Watch] = field(default_factory=dict)
    _useless: dict[str, float] = field(default_factory=dict)

    def end(self, server: str, answer: Answer | AskingError, now: float) -> str:
        """Why there is no point in waiting for this API server; empty while there is."""
        useless = self._cannot_say(answer, now)
        if useless:
            lasts = now - self._useless.setdefault(server, now)
            return useless if lasts >= PATIENCE_SECONDS else ""
        self._useless.pop(server, None)
        if isinstance(answer, AskingError):
            return ""
        watch = self.watches.setdefault(server, Watch(answer.metrics.reloads.get("failure", 0), self.start))
        return watch.failed(answer, self.written, now)

    def failures(self, server: str, answer: Answer | AskingError) -> int:
        """How many reloads of this API server have failed since the waiting began."""
        if isinstance(answer, AskingError) or server not in self.watches:
            return 0
        return max(0, answer.metrics.reloads.get("failure", 0) - self.watches[server].failures)

    def _cannot_say(self, answer: Answer | AskingError, now: float) -> str:
        """An API server that starts may answer so for a moment, and only then."""
        if isinstance(answer, AskingError):
            return f"its metrics cannot be asked: {answer}" if answer.status in (401, 403) else ""
        if answer.state(self.written, now) is State.NO_FILE:
            return (
                "it has loaded no AuthenticationConfiguration: was it started with --authentication-config?"
            )
        return ""


def wait(
    written: Written,
    connections: Sequence[Connection],
    seconds: float,
    say: Callable[[str], None],
    inquire: Inquiry = lambda _server, _answer: "",
) -> str:
    """Why there is nothing to wait for any more; empty if every API server has loaded the file.

    `say` gets the progress, a line at a time; `inquire` may know more about an API server that has not loaded it.
    """
    deadline = Deadline(seconds)
    each = connections[0].deadline.seconds if connections else seconds
    waiting = Waiting(written, time.time())
    said = 0.0
    while late := _late(written, connections, Deadline(min(each, deadline.remaining()))):
        now = time.time()
        for server, answer in late.items():
            if reason := inquire(server, answer) or waiting.end(server, answer, now):
                return f"{server}: {reason}"
        if deadline.remaining() <= _PAUSE_SECONDS:
            return f"not loaded within {seconds:.0f} s: {', '.join(starmap(_named, late.items()))}"
        if now - said >= _REPORT_SECONDS:
            said = now
            say(_progress(waiting, late, len(connections), now - waiting.start, seconds))
        time.sleep(_PAUSE_SECONDS)
    return ""


def _progress(waiting: Waiting, late: Answers, of: int, passed: float, seconds: float) -> str:
    have = f"{of - len(late)} of {of} API servers have loaded"
    failures = sum(waiting.failures(server, answer) for server, answer in late.items())
    tried = f"; failed reloads: {failures}, it tries again once a minute if an issuer did not answer"
    why = next((f"; {answer}" for answer in late.values() if isinstance(answer, AskingError)), "")
    return f"{have} {waiting.written.path}, {passed:.0f} s of {seconds:.0f} s{tried if failures else why}"


def _named(server: str, answer: Answer | AskingError) -> str:
    return f"{server} ({answer})" if isinstance(answer, AskingError) else server


def _late(
    written: Written, connections: Sequence[Connection], deadline: Deadline
) -> dict[str, Answer | AskingError]:
    """The API servers that have another file, or do not say, with their answer or why there is none."""
    answers = run_concurrently([partial(answer_of, connection.until(deadline)) for connection in connections])
    named = zip((connection.server for connection in connections), answers, strict=True)
    now = time.time()
    return {
        server: answer
        for server, answer in named
        if isinstance(answer, AskingError) or answer.state(written, now) is not State.LOADED
    }


def answer_of(connection: Connection) -> Answer | AskingError:
    """The API server's answer, or why there is none."""
    try:
        metrics = ask_metrics(connection)
        version = None if metrics.loaded_hash else ask_version(connection)
    except AskingError as error:
        return error
    try:
        return Answer(metrics, KubernetesVersion.parse(version) if version else None)
    except ValueError:
        return Answer(metrics, None)
