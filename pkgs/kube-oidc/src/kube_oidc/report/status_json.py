"""`status` for programs: `version` changes when a key changes its meaning or goes. Times are RFC 3339, in UTC."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from kube_oidc.cluster.metrics import IssuerMetrics, issuer_hash
from kube_oidc.cluster.server import ServerReport
from kube_oidc.diagnostics import Severity
from kube_oidc.issuers.report import IssuerReport
from kube_oidc.status import Problem, Status
from kube_oidc.status.commits import Commit
from kube_oidc.status.fleet import Fleet
from kube_oidc.status.loading import matches

VERSION: Final = 2
NO_COMMITS: Final[Mapping[str, Commit]] = {}


def as_json(
    status: Status, problems: Sequence[Problem], commits: Mapping[str, Commit] = NO_COMMITS
) -> dict[str, Any]:
    """`ok` corresponds to the exit code; null means no response."""
    written = status.written
    return {
        "version": VERSION,
        "ok": not any(problem.severity is Severity.ERROR for problem in problems),
        "problems": [_problem(problem) for problem in problems],
        "file": {"path": written.path, "hash": written.hash} if written else None,
        "servers": [_server(server, status, commits) for server in status.servers],
        "issuers": [_issuer(issuer) for issuer in status.issuers],
    }


def fleet_as_json(fleet: Fleet, commits: Mapping[str, Commit]) -> dict[str, Any]:
    """All clusters: each with its name, problems and servers; file and issuers once."""
    written = fleet.written
    return {
        "version": VERSION,
        "ok": fleet.ok,
        "problems": [_problem(problem) for problem in fleet.issuer_problems],
        "file": {"path": written.path, "hash": written.hash} if written else None,
        "clusters": [
            {
                "cluster": cluster.name,
                "problems": [_problem(problem) for problem in cluster.problems],
                "servers": [_server(server, cluster.status, commits) for server in cluster.status.servers],
            }
            for cluster in fleet.clusters
        ],
        "issuers": [_issuer(issuer) for issuer in fleet.issuers],
    }


def _problem(problem: Problem) -> dict[str, str]:
    return {
        "severity": problem.severity.value,
        "kind": problem.kind,
        "about": problem.about,
        "code": problem.code,
        "message": problem.message,
        "remedy": problem.remedy,
    }


def _server(server: ServerReport, status: Status, commits: Mapping[str, Commit]) -> dict[str, Any]:
    commit = commits.get(server.metrics.loaded_hash or "")
    metrics, written = server.metrics, status.written
    urls = {issuer_hash(issuer.url): issuer.url for issuer in status.issuers}
    if written:
        urls |= {issuer_hash(issuer.url): issuer.url for issuer in written.issuers}
    return {
        "server": server.server,
        "discovered": server.discovered,
        "version": server.version,
        "user": {"username": server.username, "groups": list(server.groups)},
        "loadedHash": metrics.loaded_hash,
        "commit": {"commit": commit.commit, "path": commit.path} if commit else None,
        "matches": matches(server, written, status.asked) if written else None,
        "reloads": dict(metrics.reloads),
        "lastReload": _last(metrics.reloaded),
        "clockSeconds": _tenths(server.clock_seconds),
        "issuers": [_fetches(urls.get(key), key, value) for key, value in sorted(metrics.issuers.items())],
        "unanswered": [
            {"question": each.question, "reason": each.reason, "status": each.status}
            for each in server.unanswered
        ],
    }


def _fetches(url: str | None, url_hash: str, metrics: IssuerMetrics) -> dict[str, Any]:
    return {
        "url": url,
        "urlHash": url_hash,
        "tokens": dict(metrics.tokens),
        "lastFetch": _last(metrics.fetched),
        "keySetHash": metrics.key_set_hash,
    }


def _issuer(issuer: IssuerReport) -> dict[str, Any]:
    keys = issuer.keys
    return {
        "url": issuer.url,
        "discoveryURL": issuer.discovery_url,
        "addresses": list(issuer.addresses),
        "proxy": issuer.proxy or None,
        "certificateExpires": _time(issuer.certificate_expires),
        "jwksURI": issuer.jwks_uri or None,
        "algorithms": list(issuer.algorithms),
        "keys": [
            {"kid": key.key_id, "kty": key.type, "alg": key.algorithm, "bits": key.bits}
            | {"verifies": list(key.algorithms)}
            for key in keys.keys
        ]
        if keys
        else None,
        "keySetHash": keys.hash if keys else None,
        "clockSeconds": _tenths(issuer.clock_seconds),
    }


def _last(moments: Mapping[str, float]) -> dict[str, Any] | None:
    last = max(moments.items(), key=lambda item: item[1], default=None)
    return {"result": last[0], "time": _time(last[1])} if last else None


def _tenths(seconds: float | None) -> float | None:
    """A Date header knows no more than whole seconds."""
    return None if seconds is None else round(seconds, 1)


def _time(moment: float | None) -> str | None:
    return None if moment is None else datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds")
