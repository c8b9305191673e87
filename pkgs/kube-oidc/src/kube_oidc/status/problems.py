"""What is wrong, worst first. Pure: judges what was asked, asks nothing."""

from __future__ import annotations

from collections.abc import Iterator

from kube_oidc.cluster.server import ServerReport
from kube_oidc.diagnostics import Severity
from kube_oidc.status import Problem, Status, Written
from kube_oidc.status.issuer_problems import of_issuer
from kube_oidc.status.loading import State, state
from kube_oidc.status.times import ago
from kube_oidc.status.written import oldest
from kube_oidc.verdict.versions import Difference

_WAY = "is this its address, and is there a way to it from here? --server asks it at another one"
_LOADING = "kube-apiserver looks at its file once a minute; --wait waits for it"


def problems(status: Status) -> tuple[Problem, ...]:
    """Errors before warnings, each in the order file, servers, issuers."""
    found = [*_of_file(status.written), *_of_cluster(status)]
    for server in status.servers:
        found += _of_server(server, status)
    for issuer in status.issuers:
        found += of_issuer(issuer, status)
    return tuple(sorted(found, key=lambda problem: problem.severity is not Severity.ERROR))


def _of_file(written: Written | None) -> Iterator[Problem]:
    if written and written.refusal:
        yield Problem(
            Severity.ERROR,
            "file",
            written.path,
            "refused",
            f"kube-apiserver does not take this file: {written.refusal}",
            f"`kube-oidc check {written.path}` says more",
        )

    if written and written.doubt:
        yield Problem(
            Severity.WARNING,
            "file",
            written.path,
            "undecided",
            f"cannot decide whether kube-apiserver accepts this file: {written.doubt}",
            f"`kube-oidc check {written.path} --apiserver PATH` asks the binary",
        )


def _of_cluster(status: Status) -> Iterator[Problem]:
    """Without a file to compare with, the API servers are compared with each other."""
    hashes = {server.metrics.loaded_hash for server in status.servers if server.metrics.loaded_hash}
    if status.written is None and len(hashes) > 1:
        yield Problem(
            Severity.ERROR,
            "cluster",
            "",
            "servers-differ",
            f"the API servers have {len(hashes)} different files loaded",
            "which API server answers decides what a token becomes; `status FILE` says which has the right one",
        )


def _of_server(server: ServerReport, status: Status) -> Iterator[Problem]:
    def problem(severity: Severity, code: str, message: str, remedy: str = "") -> Problem:
        return Problem(severity, "server", server.server, code, message, remedy)

    if not server.reached:
        yield _unreached(server, status)
        return
    for missing in server.unanswered:
        serious = status.written is not None if missing.question == "metrics" else missing.status != 404
        severity = Severity.ERROR if serious else Severity.WARNING
        yield problem(severity, "unanswered", f"{missing.question}: {missing.reason}")
    if not any(missing.question == "metrics" for missing in server.unanswered):
        for severity, code, message, remedy in _of_loaded(server, status):
            yield problem(severity, code, message, remedy)


def _unreached(server: ServerReport, status: Status) -> Problem:
    """Where the cluster named it, the way from here may be what is missing: without a file that is no error."""
    reason = server.unanswered[0]
    severity = Severity.ERROR
    remedy = "" if reason.reason.startswith("TLS") else _WAY
    if reason.status in (401, 403):
        remedy = "does this API server take the kubeconfig's user?"
    elif server.discovered:
        remedy = (
            "the cluster names this API server; where there is no way to it from here, --only server leaves it out, "
            "and --server asks it at another address"
        )
        severity = Severity.ERROR if status.written else Severity.WARNING
    return Problem(severity, "server", server.server, "unreachable", reason.reason, remedy)


def _of_loaded(server: ServerReport, status: Status) -> Iterator[tuple[Severity, str, str, str]]:
    """Which file runs, and how the last reload went."""
    metrics, written = server.metrics, status.written
    last = metrics.last_reload
    failed = f"its last reload failed {ago(last[1], status.asked)}" if last and last[0] == "failure" else ""
    if metrics.loaded_hash is None:
        yield from _says_no_hash(server, status)
    elif written and metrics.loaded_hash != written.hash:
        message = f"has loaded another file, {metrics.loaded_hash}" + (f"; {failed}" if failed else "")
        yield Severity.ERROR, "other-file", message, reason_of_failure(status) if failed else _LOADING
        return
    if failed:
        severity = Severity.WARNING if written and metrics.loaded_hash else Severity.ERROR
        yield severity, "reload-failed", failed, reason_of_failure(status)


def _says_no_hash(server: ServerReport, status: Status) -> Iterator[tuple[Severity, str, str, str]]:
    """Without the metric, the times of the start and of the reloads say whether the written file is loaded."""
    version, written = oldest([server]), status.written
    if version is None or version.has(Difference.LOADED_HASH_METRIC):
        severity = Severity.ERROR if written else Severity.WARNING
        message = "has loaded no AuthenticationConfiguration"
        yield severity, "no-file", message, "start it with --authentication-config; was it restarted since?"
        return
    if written is None:
        since = Difference.LOADED_HASH_METRIC.since
        message = f"does not say which file it has loaded: Kubernetes {since} and later do"
        yield (
            Severity.WARNING,
            "no-hash",
            message,
            "`kube-oidc status FILE` compares the file's time with its reloads",
        )
        return
    if state(server.metrics, version, written, status.asked) is State.PENDING:
        message = f"has not reloaded since {written.path} changed {ago(written.changed, status.asked)}"
        yield Severity.ERROR, "other-file", message, _LOADING


def reason_of_failure(status: Status) -> str:
    """Why a reload may have failed, as far as it can be found out without the API server's log."""
    if status.written and status.written.refusal:
        return f"it rejects {status.written.path}: {status.written.refusal}"
    silent = [issuer for issuer in status.issuers if issuer.fault]
    if silent and silent[0].fault:
        return f"possibly the issuer {silent[0].url} (retried every minute): {silent[0].fault.message}"
    return (
        "its log says why, after `authentication config`: an issuer did not answer it, or `anonymous` changed, "
        "which needs a restart"
    )
