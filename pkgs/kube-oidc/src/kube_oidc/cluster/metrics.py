"""Parses the API server's metrics about its AuthenticationConfiguration and issuers.

Sources: `k8s.io/apiserver/pkg/server/options/authenticationconfig/metrics/metrics.go` (hash and reloads) and
`k8s.io/apiserver/plugin/pkg/authenticator/token/oidc/metrics.go` (issuers; key fetches from 1.35).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

PREFIX: Final = "apiserver_authentication_"
_STARTED: Final = "process_start_time_seconds"  # Prometheus' process collector; accurate to a second
LINES: Final = (PREFIX.encode(), _STARTED.encode())
_CONFIG: Final = f"{PREFIX}config_controller_"
_JWT: Final = f"{PREFIX}jwt_authenticator_"
_MAX_PLAUSIBLE_VALUE: Final = 1e11
_SAMPLE: Final = re.compile(r"^(\w+)(?:\{([^}]*)\})? (\S+)$", re.MULTILINE)
_LABEL: Final = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, slots=True)
class IssuerMetrics:
    """An API server's metrics for one issuer: tokens by result since its start, and key fetches.

    `fetched`: Unix time of the last fetch by result. `key_set_hash`: hash of its current keys.
    """

    tokens: Mapping[str, int] = field(default_factory=dict)
    fetched: Mapping[str, float] = field(default_factory=dict)
    key_set_hash: str | None = None


@dataclass(frozen=True, slots=True)
class ServerMetrics:
    """`reloads` and `reloaded` (Unix time of the last) by status, `issuers` by `issuer_hash` of the URL.

    `started` is the Unix time at which the process started, accurate to a second.
    """

    loaded_hash: str | None = None
    reloads: Mapping[str, int] = field(default_factory=dict)
    reloaded: Mapping[str, float] = field(default_factory=dict)
    issuers: Mapping[str, IssuerMetrics] = field(default_factory=dict)
    started: float | None = None

    @property
    def last_reload(self) -> tuple[str, float] | None:
        """Status and Unix time of the last reload; None if there was none since the start."""
        return max(self.reloaded.items(), key=lambda item: item[1], default=None)


def issuer_hash(url: str) -> str:
    """An issuer's `jwt_issuer_hash` label."""
    return f"sha256:{hashlib.sha256(url.encode()).hexdigest()}"


def parse(text: str) -> ServerMetrics:
    """Parse Prometheus' text format; missing metrics stay empty."""
    loaded_hash: str | None = None
    started: float | None = None
    reloads: dict[str, int] = {}
    reloaded: dict[str, float] = {}
    issuers: dict[str, tuple[dict[str, int], dict[str, float], list[str]]] = {}
    for name, labels, value in _samples(text):
        tokens, fetched, key_sets = issuers.setdefault(labels.get("jwt_issuer_hash", ""), ({}, {}, []))
        match name:
            case "process_start_time_seconds":
                started = value
            case "config_controller_last_config_info":
                loaded_hash = labels.get("hash")
            case "config_controller_automatic_reloads_total":
                reloads[labels.get("status", "")] = int(value)
            case "config_controller_automatic_reload_last_timestamp_seconds":
                reloaded[labels.get("status", "")] = value
            case "jwt_authenticator_latency_seconds_count":
                tokens[labels.get("result", "")] = int(value)
            case "jwt_authenticator_jwks_fetch_last_timestamp_seconds":
                fetched[labels.get("result", "")] = value
            case "jwt_authenticator_jwks_fetch_last_key_set_info":
                key_sets.append(labels.get("hash", ""))
    known = {
        url_hash: IssuerMetrics(tokens, fetched, key_sets[0] if key_sets else None)
        for url_hash, (tokens, fetched, key_sets) in issuers.items()
        if url_hash
    }
    return ServerMetrics(loaded_hash, reloads, reloaded, known, started)


def _samples(text: str) -> Iterator[tuple[str, dict[str, str], float]]:
    for found in _SAMPLE.finditer(text):
        value = _number(found[3])
        if found[1].startswith((_CONFIG, _JWT, _STARTED)) and value is not None:
            yield found[1].removeprefix(PREFIX), dict(_LABEL.findall(found[2] or "")), value


def _number(text: str) -> float | None:
    """A plausible count or Unix time; otherwise None."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value < _MAX_PLAUSIBLE_VALUE else None
