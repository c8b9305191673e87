"""Queries one API server: version, our user, metrics."""

from __future__ import annotations

from dataclasses import dataclass, field

from kube_oidc.cluster.connection import Connection
from kube_oidc.cluster.exchange import AskingError
from kube_oidc.cluster.metrics import LINES, ServerMetrics, parse


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A failed request and the reason; `status` is the HTTP status, 0 without a response."""

    question: str
    reason: str
    status: int = 0


@dataclass(frozen=True, slots=True)
class ServerReport:
    """The answers of one API server; missing ones are None or empty, with the reason in `unanswered`.

    `clock_seconds`: how far its clock is ahead of ours. `discovered`: listed by the cluster, not given by the user.
    """

    server: str
    version: str | None = None
    username: str | None = None
    groups: tuple[str, ...] = ()
    metrics: ServerMetrics = field(default_factory=ServerMetrics)
    clock_seconds: float | None = None
    unanswered: tuple[Unanswered, ...] = ()
    discovered: bool = False

    @property
    def reached(self) -> bool:
        """Whether it responded at all."""
        return self.version is not None


def ask(connection: Connection) -> ServerReport:
    """Query everything; an unreachable server is queried only once."""
    unanswered: list[Unanswered] = []
    try:
        reply = connection.ask("GET", "/version")
        version = _version(reply.body)
    except AskingError as error:
        missing = Unanswered("version", str(error), error.status)
        return ServerReport(connection.server, unanswered=(missing,), discovered=connection.discovered)
    user = _whoami(connection, unanswered)
    metrics = _metrics(connection, unanswered)
    return ServerReport(
        server=connection.server,
        version=version,
        username=user[0],
        groups=user[1],
        metrics=metrics,
        clock_seconds=reply.clock_seconds,
        unanswered=tuple(unanswered),
        discovered=connection.discovered,
    )


def ask_metrics(connection: Connection) -> ServerMetrics:
    """Only the metrics; AskingError if unavailable."""
    return parse(connection.lines("/metrics", LINES))


def ask_version(connection: Connection) -> str:
    """The version, e.g. `v1.36.3`; AskingError if unavailable."""
    return _version(connection.ask("GET", "/version").body)


def _version(body: bytes) -> str:
    import json  # noqa: PLC0415

    try:
        said = json.loads(body)["gitVersion"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise AskingError("the response has no version: is this an API server?") from None
    return str(said)


def _whoami(connection: Connection, unanswered: list[Unanswered]) -> tuple[str | None, tuple[str, ...]]:
    """Our user name and groups (Kubernetes 1.28 or later)."""
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    try:
        answer = connection.post("/apis/authentication.k8s.io/v1/selfsubjectreviews", review)
        user = answer["status"]["userInfo"]
        return str(user["username"]), tuple(map(str, user.get("groups") or ()))
    except AskingError as error:
        unanswered.append(Unanswered("who am I", str(error), error.status))
    except (KeyError, TypeError, AttributeError):
        unanswered.append(Unanswered("who am I", "the response has no user"))
    return None, ()


def _metrics(connection: Connection, unanswered: list[Unanswered]) -> ServerMetrics:
    try:
        return ask_metrics(connection)
    except AskingError as error:
        right = " (needs the verb `get` on the URL /metrics)" if error.status == 403 else ""
        unanswered.append(Unanswered("metrics", f"{error}{right}", error.status))
    return ServerMetrics()
