"""One run: connect, revoke, wait for the file, grant."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from kube_oidc.apply import Applied, Loading
from kube_oidc.apply.grant import Granting
from kube_oidc.apply.inquiry import Inquiry
from kube_oidc.apply.machine import Machine
from kube_oidc.apply.present import read
from kube_oidc.apply.revoke import reduce, revoke
from kube_oidc.cluster import ClusterError
from kube_oidc.cluster.connection import Connection
from kube_oidc.cluster.exchange import AskingError
from kube_oidc.cluster.objects import Cluster, Key, Object
from kube_oidc.cluster.server import ask_version
from kube_oidc.net.deadline import Deadline
from kube_oidc.status import Written
from kube_oidc.status.loading import State
from kube_oidc.status.waiting import Answer, answer_of, wait
from kube_oidc.verdict.versions import DEFAULT, KubernetesVersion

_PAUSE_SECONDS: Final = 1.0
_SHORTEST_SECONDS: Final = 2.0  # a shorter request fails for want of time, which would hide the reason
_REPORT_SECONDS: Final = 10.0
_CLOCK_SECONDS: Final = 60.0
_UNREACHED: Final = (
    "is the API server up, does etcd answer (journalctl --unit {}), and is the kubeconfig for it?"
)
_OTHER_VERSION: Final = (
    "the API server is Kubernetes {}, but the file was made for {}: set services.kube-oidc.kubernetesVersion"
)


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done: the file that should be loaded and the grants that the cluster should have.

    `judge` is what the checker says of the file for a version of Kubernetes; `version` is the one it was made for.

    `wrong` says that the file itself is not the one that was built. `connect` reads the kubeconfig. `here` is the name
    of this machine.
    """

    judge: Callable[[KubernetesVersion], Written]
    version: KubernetesVersion | None
    wrong: Loading | None
    wanted: dict[Key, Object]
    connect: Callable[[Deadline], Connection]
    machine: Machine
    here: str
    overall: Deadline
    each: float
    dry: bool

    @property
    def is_over(self) -> bool:
        """Has an API server that does not answer been waited for long enough? Only its own machine waits at all."""
        waits = self.machine.unit and not self.dry
        return not waits or self.overall.remaining() <= _PAUSE_SECONDS + _SHORTEST_SECONDS

    def request(self) -> Deadline:
        """For one request."""
        return Deadline(min(self.each, self.overall.remaining()))


def apply(order: Order, say: Callable[[str], None]) -> Applied:
    """Does it, as far as it can be done; ClusterError if the kubeconfig cannot be used."""
    written = order.judge(order.version or DEFAULT)
    inquiry = Inquiry(order.machine, written)
    way = _reached(order, inquiry, say)
    if isinstance(way, Loading):
        return Applied(written.path, written.hash, "", way, (), order.dry)
    notes = list(clock_notes(written, time.time()))
    if (version := _version(order, way)) and version != order.version:
        inquiry.written = written = order.judge(version.nearest_known())
        if order.version:
            notes.append(_OTHER_VERSION.format(version, order.version))
    loading = order.wrong
    if not order.dry and _watches_no_file(way, order, written):
        loading = _loaded(order, way, inquiry, say)
        if not loading.loaded:  # not this machine's: nothing of another cluster is revoked
            return Applied(written.path, written.hash, way.server, loading, (), order.dry, tuple(notes))
    cluster = Cluster(way, order.overall, order.each, order.dry)
    present = read(cluster, order.wanted, order.here)
    outcomes = revoke(cluster, order.wanted, present)
    granting = Granting(cluster, present, reduce(cluster, order.wanted, present))
    loading = loading or _loaded(order, way, inquiry, say)
    going = loading.loaded or order.dry
    outcomes += granting.grant(order.wanted) if going else granting.postpone(order.wanted)
    return Applied(written.path, written.hash, way.server, loading, tuple(outcomes), order.dry, tuple(notes))


def _watches_no_file(way: Connection, order: Order, written: Written) -> bool:
    answer = answer_of(way.until(order.request()))
    return isinstance(answer, Answer) and answer.state(written, time.time()) is State.NO_FILE


def clock_notes(written: Written, now: float) -> Iterator[str]:
    """Whether the file's time shows that this machine's clock is, or was, wrong: before 1.34 times are compared."""
    ahead = written.changed - now
    if ahead > _CLOCK_SECONDS:
        yield f"{written.path} was written {ahead:.0f} s in the future: set this machine's clock (NTP)"


def _version(order: Order, way: Connection) -> KubernetesVersion | None:
    try:
        return KubernetesVersion.parse(ask_version(way.until(order.request())))
    except (AskingError, ValueError):
        return None


def _reached(order: Order, inquiry: Inquiry, say: Callable[[str], None]) -> Connection | Loading:
    """The way to the API server once it answers; else why it does not. ClusterError if the kubeconfig is to blame."""
    start, said = time.monotonic(), 0.0
    while True:
        try:
            way = order.connect(order.request())
            answer = answer_of(way)
            if not isinstance(answer, AskingError) or answer.status:
                return way
            if reason := inquiry(way.server, answer):
                return Loading(False, reason, inquiry.remedy)
            why = str(answer)
        except ClusterError as error:
            if order.is_over:
                raise
            why = str(error)
        if order.is_over:
            return Loading(False, why, _UNREACHED.format(inquiry.machine.unit or "UNIT"))
        passed = time.monotonic() - start
        if passed - said >= _REPORT_SECONDS or not said:
            said = passed or _PAUSE_SECONDS
            say(f"waiting for the API server, {passed:.0f} s of {order.overall.seconds:g} s: {why}")
        time.sleep(_PAUSE_SECONDS)


def _loaded(order: Order, way: Connection, inquiry: Inquiry, say: Callable[[str], None]) -> Loading:
    if order.dry:
        return _now(order, way, inquiry)
    seconds = order.overall.remaining()
    reason = wait(inquiry.written, [way.until(Deadline(order.each))], seconds, say, inquiry)
    if not reason:
        return Loading(True)
    return Loading(False, reason.removeprefix(f"{way.server}: "), inquiry.remedy or _remedy(inquiry))


def _now(order: Order, way: Connection, inquiry: Inquiry) -> Loading:
    """A dry run does not wait."""
    answer = answer_of(way.until(order.request()))
    if isinstance(answer, AskingError):
        return Loading(False, str(answer))
    return Loading(
        answer.state(inquiry.written, time.time()) is State.LOADED, "the API server has another file"
    )


def _remedy(inquiry: Inquiry) -> str:
    if inquiry.written.refusal:
        return f"the file is not valid: {inquiry.written.refusal}"
    return (
        "is the kubeconfig for this machine's API server, and is that started with "
        f"--authentication-config={inquiry.written.path}?"
    )
