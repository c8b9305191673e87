"""One API server: version, who we are to it, and what its metrics say."""

from __future__ import annotations

from dataclasses import dataclass, field

from kube_oidc.cluster.connection import Connection
from kube_oidc.cluster.exchange import AskingError
from kube_oidc.cluster.metrics import LINES, ServerMetrics, parse


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question that was not answered, and why; `status` is HTTP's, 0 where nobody answered at all."""

    question: str
    reason: str
    status: int = 0


@dataclass(frozen=True, slots=True)
class ServerReport:
    """One API server's answers; None or empty where it did not say, `unanswered` tells why.

    `clock_seconds` is how far its clock is ahead of the one here. `discovered`: the cluster named it, not the user.
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
        """Did it answer at all?"""
        return self.version is not None


def ask(connection: Connection) -> ServerReport:
    """Everything that this API server says; a server that is not there is asked once."""
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
    """The metrics alone; AskingError says why not."""
    return parse(connection.lines("/metrics", LINES))


def ask_version(connection: Connection) -> str:
    """Its version, as in `v1.36.3`; AskingError says why not."""
    return _version(connection.ask("GET", "/version").body)


def _version(body: bytes) -> str:
    import json  # noqa: PLC0415

    try:
        said = json.loads(body)["gitVersion"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise AskingError("the answer names no version: is this an API server?") from None
    return str(said)


def _whoami(connection: Connection, unanswered: list[Unanswered]) -> tuple[str | None, tuple[str, ...]]:
    """User name and groups (Kubernetes 1.28 and later say it)."""
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    try:
        answer = connection.post("/apis/authentication.k8s.io/v1/selfsubjectreviews", review)
        user = answer["status"]["userInfo"]
        return str(user["username"]), tuple(map(str, user.get("groups") or ()))
    except AskingError as error:
        unanswered.append(Unanswered("who am I", str(error), error.status))
    except (KeyError, TypeError, AttributeError):
        unanswered.append(Unanswered("who am I", "the answer names no user"))
    return None, ()


def _metrics(connection: Connection, unanswered: list[Unanswered]) -> ServerMetrics:
    try:
        return ask_metrics(connection)
    except AskingError as error:
        right = " (needs the verb `get` on the URL /metrics)" if error.status == 403 else ""
        unanswered.append(Unanswered("metrics", f"{error}{right}", error.status))
    return ServerMetrics()
