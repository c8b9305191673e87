"""Whether an API server has loaded a file, by its metrics: the file's hash, or when it started and reloaded. Pure.

Source: `k8s.io/kubernetes/pkg/kubeapiserver/options/authentication.go` (`ApplyTo`). A changed file is read at once if
it was renamed into place, and once a minute in any case. A refused one is never tried again; one whose issuers do not
answer is given a minute, and then tried again once a minute. Both count as a failed reload.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from kube_oidc.cluster.metrics import ServerMetrics
from kube_oidc.cluster.server import ServerReport
from kube_oidc.status import Written
from kube_oidc.verdict.versions import Difference, KubernetesVersion

ACCURACY_SECONDS: Final = 1.0  # of process_start_time_seconds
IDLE_SECONDS: Final = 75.0  # after a change: the API server has looked at the file by then
RETRY_SECONDS: Final = 150.0  # and has given up on its issuers by then


class State(Enum):
    """`FAILED`: its last reload failed since the file took its place. `NO_FILE`: it watches no file at all."""

    LOADED = "loaded"
    PENDING = "pending"
    FAILED = "failed"
    NO_FILE = "no file"


def state(metrics: ServerMetrics, version: KubernetesVersion | None, written: Written, now: float) -> State:
    """What the metrics of an API server of this version (None: unknown) say of the file, at `now` (Unix seconds)."""
    if metrics.loaded_hash is not None:
        if metrics.loaded_hash == written.hash:
            return State.LOADED
        return State.FAILED if _failed_since(metrics, written.changed) else State.PENDING
    if version is None or version.has(Difference.LOADED_HASH_METRIC):
        return State.NO_FILE
    return _without_hash(metrics, written.changed, now)


def matches(server: ServerReport, written: Written, now: float) -> bool | None:
    """Has this API server loaded the file? None if it does not say."""
    if server.metrics.loaded_hash is not None:
        return server.metrics.loaded_hash == written.hash
    if not server.version or any(missing.question == "metrics" for missing in server.unanswered):
        return None
    try:
        version = KubernetesVersion.parse(server.version)
    except ValueError:
        return None
    found = state(server.metrics, version, written, now)
    return None if found is State.NO_FILE else found is State.LOADED


def _without_hash(metrics: ServerMetrics, changed: float, now: float) -> State:
    """Without the metric: a start or a reload since the change, or none although it has looked at the file."""
    if _failed_since(metrics, changed):
        return State.FAILED
    success = metrics.reloaded.get("success", 0.0)
    if metrics.started is not None and metrics.started + ACCURACY_SECONDS > changed:
        return State.LOADED
    if success >= changed:
        return State.LOADED
    if now - changed <= RETRY_SECONDS:
        return State.PENDING
    last = metrics.last_reload
    return State.FAILED if last and last[0] == "failure" else State.LOADED


def _failed_since(metrics: ServerMetrics, changed: float) -> bool:
    last = metrics.last_reload
    return last is not None and last[0] == "failure" and last[1] >= changed
