"""`status` as text: problems first, then the file, then tables of API servers, issuers and keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from kube_oidc.cluster.metrics import issuer_hash
from kube_oidc.cluster.server import ServerReport
from kube_oidc.report import printable
from kube_oidc.status import Problem, Status, Written
from kube_oidc.status.commits import Commit
from kube_oidc.status.fleet import Fleet
from kube_oidc.status.loading import matches
from kube_oidc.status.times import ago, duration

Row = tuple[str, ...]
Commits = Mapping[str, Commit]
NO_COMMITS: Final[Commits] = {}
_SHORT: Final = len("sha256:") + 12


def as_text(status: Status, problems: Sequence[Problem], commits: Commits = NO_COMMITS) -> str:
    """The report, without empty paragraphs. `commits` are those of loaded files, by hash."""
    parts = [
        [line for problem in problems for line in _problem(problem)],
        list(_file(status)),
        _table(("API SERVER", "LOADED FILE", "LAST RELOAD", "CLOCK", "USER"), _servers(status, commits)),
        _table(("ISSUER", "ADDRESS", "CERTIFICATE", "KEYS", "CLOCK"), _issuers(status)),
        _table(("ISSUER'S KEYS ON", "ISSUER", "LAST FETCH", "KEYS", "TOKENS"), _fetches(status)),
    ]
    return "\n".join("\n".join(map(printable.lines, part)) + "\n" for part in parts if part)


def fleet_as_text(fleet: Fleet, commits: Commits = NO_COMMITS) -> str:
    """One table for all clusters, after the problems of each."""
    rows: list[Row] = []
    for cluster in fleet.clusters:
        rows += [(cluster.name, *row) for row in _servers(cluster.status, commits)] or [
            (cluster.name, *"?????")
        ]
    asked = Status(fleet.written, (), fleet.issuers, fleet.asked)
    parts = [
        [line for name, problem in fleet.all_problems() for line in _problem(problem, name)],
        [f"written file  {fleet.written.path} {fleet.written.hash}"] if fleet.written else [],
        _table(("CLUSTER", "API SERVER", "LOADED FILE", "LAST RELOAD", "CLOCK", "USER"), rows),
        _table(("ISSUER", "ADDRESS", "CERTIFICATE", "KEYS", "CLOCK"), _issuers(asked)),
    ]
    return "\n".join("\n".join(map(printable.lines, part)) + "\n" for part in parts if part)


def _problem(problem: Problem, cluster: str = "") -> Iterator[str]:
    about = f" {problem.about}" if problem.about else ""
    kind = f"{cluster} {problem.kind}" if cluster else problem.kind
    yield f"{problem.severity.value:<8} {kind}{about}: {problem.message}"
    if problem.remedy:
        yield f"         {problem.remedy}"


def _file(status: Status) -> Iterator[str]:
    written = status.written
    if written is None:
        return
    yield f"written file  {written.path} {written.hash}" + _where(status, written)


def _where(status: Status, written: Written) -> str:
    """On how many API servers the file is loaded; servers that didn't say are counted separately."""
    said = [matches(server, written, status.asked) for server in status.servers]
    of, unknown, wrong = len(said), said.count(None), said.count(False)
    if not of:
        return ""
    if wrong:
        return f": NOT loaded on {wrong} of {of} API servers"
    return f": unknown whether it is loaded on {unknown} of {of} API servers" if unknown else ": loaded"


def _servers(status: Status, commits: Commits) -> Iterator[Row]:
    for server in status.servers:
        last = server.metrics.last_reload
        reload = f"{last[0]} {ago(last[1], status.asked)}" if last else "none since its start"
        yield (
            f"{server.server} ({server.version})" if server.version else server.server,
            _loaded(server, status) + _commit(server, commits) if server.reached else "?",
            reload if server.reached else "?",
            _clock(server.clock_seconds),
            server.username or "?",
        )


def _loaded(server: ServerReport, status: Status) -> str:
    loaded = server.metrics.loaded_hash
    if status.written is None:
        return loaded or "?"
    match matches(server, status.written, status.asked):
        case None:
            return "?"
        case True:
            return "this file"
        case _:
            return f"another, {loaded[:_SHORT]}…" if loaded else "another"


def _commit(server: ServerReport, commits: Commits) -> str:
    """The commit of the loaded file, if --git found one."""
    known = commits.get(server.metrics.loaded_hash or "")
    return f", {known.path} of {known.commit} ({known.subject})" if known else ""


def _clock(seconds: float | None) -> str:
    """The Date header has whole seconds only."""
    return "?" if seconds is None else f"{round(seconds):+d} s"


def _issuers(status: Status) -> Iterator[Row]:
    for issuer in status.issuers:
        expires = issuer.certificate_expires
        yield (
            issuer.url,
            f"by {issuer.proxy}" if issuer.proxy else ", ".join(issuer.addresses) or "?",
            f"valid for {duration(expires - status.asked)}" if expires is not None else "?",
            (", ".join(map(str, issuer.keys.keys)) or "none") if issuer.keys else "?",
            _clock(issuer.clock_seconds),
        )


def _fetches(status: Status) -> Iterator[Row]:
    """Fetches are counted from Kubernetes 1.35 on, tokens before."""
    for server in status.servers:
        for issuer in status.issuers:
            known = server.metrics.issuers.get(issuer_hash(issuer.url))
            if known is None:
                continue
            last = max(known.fetched.items(), key=lambda item: item[1], default=None)
            same = "?"
            if issuer.keys and known.key_set_hash:
                same = "the issuer's" if issuer.keys.hash == known.key_set_hash else "older or other ones"
            taken, refused = (known.tokens.get(result, 0) for result in ("success", "failure"))
            yield (
                server.server,
                issuer.url,
                f"{last[0]} {ago(last[1], status.asked)}" if last else "?",
                same,
                f"{taken} accepted, {refused} refused",
            )


def _table(head: Row, rows: Iterable[Row]) -> list[str]:
    """Columns separated by two spaces; empty without rows."""
    table = [head, *rows]
    if len(table) == 1:
        return []
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    ]
