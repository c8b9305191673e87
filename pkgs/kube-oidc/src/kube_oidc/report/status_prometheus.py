"""`status` for Prometheus' textfile collector.

Source of the format: https://prometheus.io/docs/instrumenting/exposition_formats/ (text-based format).
alerts.yaml has rules for these metrics and for kube-apiserver's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from kube_oidc.diagnostics import Severity
from kube_oidc.issuers.report import IssuerReport
from kube_oidc.status import Status
from kube_oidc.status.fleet import Fleet
from kube_oidc.status.loading import matches

_HELP: Final = {
    "problems": "Problems that kube-oidc status found, by severity.",
    "apiserver_up": "Whether the API server answered.",
    "file_loaded": "Whether the API server has loaded FILE; absent if it doesn't say.",
    "last_reload_success": "Whether the API server's last reload of the file succeeded.",
    "issuer_up": "Whether the issuer's discovery document and keys could be read from this machine.",
    "issuer_keys": "Number of the issuer's keys.",
    "issuer_certificate_expiry_timestamp_seconds": "When the issuer's certificate expires.",
    "status_timestamp_seconds": "When kube-oidc status ran.",
}


class _Sample(NamedTuple):
    name: str
    labels: tuple[tuple[str, str], ...]
    value: float


def render(fleet: Fleet) -> str:
    """Every metric with its help text, grouped by name."""
    samples = [*_samples(fleet)]
    lines = []
    for name, help_text in _HELP.items():
        own = [sample for sample in samples if sample.name == name]
        if own:
            lines += [
                f"# HELP kube_oidc_{name} {help_text}",
                f"# TYPE kube_oidc_{name} gauge",
                *map(_line, own),
            ]
    return "\n".join(lines) + "\n"


def _samples(fleet: Fleet) -> Iterator[_Sample]:
    for cluster in fleet.clusters:
        for severity in (Severity.ERROR, Severity.WARNING):
            count = sum(problem.severity is severity for problem in cluster.problems)
            yield _Sample("problems", (("cluster", cluster.name), ("severity", severity.value)), count)
        yield from _of_servers(cluster.name, cluster.status)
    for severity in (Severity.ERROR, Severity.WARNING):
        count = sum(problem.severity is severity for problem in fleet.issuer_problems)
        yield _Sample("problems", (("cluster", ""), ("severity", severity.value)), count)
    for issuer in fleet.issuers:
        yield from _of_issuer(issuer)
    yield _Sample("status_timestamp_seconds", (), fleet.asked)


def _of_servers(cluster: str, status: Status) -> Iterator[_Sample]:
    for server in status.servers:
        labels = (("cluster", cluster), ("server", server.server))
        yield _Sample("apiserver_up", labels, server.reached)
        loaded = matches(server, status.written, status.asked) if status.written and server.reached else None
        if loaded is not None:
            yield _Sample("file_loaded", labels, loaded)
        if server.metrics.last_reload:
            yield _Sample("last_reload_success", labels, server.metrics.last_reload[0] == "success")


def _of_issuer(issuer: IssuerReport) -> Iterator[_Sample]:
    labels = (("issuer", issuer.url),)
    yield _Sample("issuer_up", labels, issuer.fault is None)
    if issuer.keys is not None:
        yield _Sample("issuer_keys", labels, len(issuer.keys.keys))
    if issuer.certificate_expires is not None:
        yield _Sample("issuer_certificate_expiry_timestamp_seconds", labels, issuer.certificate_expires)


def _line(sample: _Sample) -> str:
    labels = ",".join(f'{name}="{_escaped(value)}"' for name, value in sample.labels)
    return f"kube_oidc_{sample.name}{{{labels}}} {float(sample.value):.17g}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
