"""Several clusters at once: each with its own deadline; one that can't be asked doesn't delay or hide the others."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from kube_oidc.cluster import ClusterError
from kube_oidc.cluster.connection import connect
from kube_oidc.diagnostics import Severity
from kube_oidc.issuers import report as issuers
from kube_oidc.issuers.report import IssuerReport
from kube_oidc.net.bounded import run_concurrently
from kube_oidc.net.deadline import Deadline
from kube_oidc.status import Problem, Status, Written
from kube_oidc.status.gather import gather
from kube_oidc.status.issuer_problems import of_issuer
from kube_oidc.status.problems import problems


@dataclass(frozen=True, slots=True)
class Target:
    """A cluster to ask: a kubeconfig (None: same as kubectl) and a context of it (None: the current one)."""

    name: str
    kubeconfig: str | None
    context: str | None


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster's answers and problems; `status` has no servers if its kubeconfig is unusable."""

    name: str
    status: Status
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Fleet:
    """All clusters, in the given order, and the issuers of the file, which are asked once."""

    written: Written | None
    clusters: tuple[Cluster, ...]
    issuers: tuple[IssuerReport, ...]
    issuer_problems: tuple[Problem, ...]
    asked: float

    @property
    def ok(self) -> bool:
        """Whether no problem is an error."""
        return not any(problem.severity is Severity.ERROR for _, problem in self.all_problems())

    def all_problems(self) -> Iterator[tuple[str, Problem]]:
        """Every problem with its cluster's name (empty for issuers), errors first."""
        found = [(cluster.name, problem) for cluster in self.clusters for problem in cluster.problems]
        found += [("", problem) for problem in self.issuer_problems]
        yield from sorted(found, key=lambda item: item[1].severity is not Severity.ERROR)


def ask(targets: Sequence[Target], written: Written | None, seconds: float, *, ask_issuers: bool) -> Fleet:
    """The answers of all clusters and issuers; each cluster has `seconds`."""
    answers = run_concurrently(
        [
            *(partial(_cluster, target, written, seconds) for target in targets),
            partial(_issuers, written if ask_issuers else None, seconds),
        ]
    )
    statuses = [answer for answer in answers if isinstance(answer, Status)]
    asked = statuses.pop()  # the issuers' own
    clusters = zip(targets, statuses, strict=True)
    return Fleet(
        written,
        tuple(Cluster(target.name, status, _problems(status, asked)) for target, status in clusters),
        asked.issuers,
        tuple(found for issuer in asked.issuers for found in of_issuer(issuer, asked)),
        time.time(),
    )


def _issuers(written: Written | None, seconds: float) -> Status:
    deadline = Deadline(seconds)
    calls = [partial(issuers.ask, issuer, deadline) for issuer in (written.issuers if written else ())]
    return Status(written, (), tuple(run_concurrently(calls)), time.time())


def _cluster(target: Target, written: Written | None, seconds: float) -> Status:
    deadline = Deadline(seconds)
    try:
        connection = connect(target.kubeconfig, target.context, deadline)
    except ClusterError as error:
        return Status(written, (), (), time.time(), str(error))
    return gather(written, [connection], list, (), deadline)


def _problems(status: Status, issuers_asked: Status) -> tuple[Problem, ...]:
    """A cluster's own problems; a silent issuer may be the reason for a failed reload."""
    if status.unusable:
        return (Problem(Severity.ERROR, "cluster", "", "kubeconfig", status.unusable),)
    found = problems(replace(status, issuers=issuers_asked.issuers))
    return tuple(problem for problem in found if problem.kind != "issuer")
