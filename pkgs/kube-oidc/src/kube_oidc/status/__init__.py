"""The state of things: the file as it is written, the API servers that should have it, the issuers it names."""

from __future__ import annotations

from dataclasses import dataclass

from kube_oidc.cluster.server import ServerReport
from kube_oidc.diagnostics import Severity
from kube_oidc.issuers.report import IssuerReport
from kube_oidc.model import Issuer


@dataclass(frozen=True, slots=True)
class Written:
    """The file that should be loaded. `refusal` is what an API server says of it, empty where it takes it.

    `doubt` is why that is not known, where it is not.

    `changed` is the Unix time at which it took its place.
    """

    path: str
    hash: str
    changed: float
    refusal: str
    issuers: tuple[Issuer, ...]
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """Everything that was asked, at `asked` (Unix seconds). `unusable` is why no API server was asked, or empty."""

    written: Written | None
    servers: tuple[ServerReport, ...]
    issuers: tuple[IssuerReport, ...]
    asked: float
    unusable: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. `kind` is file, server, cluster or issuer, `about` its path or URL."""

    severity: Severity
    kind: str
    about: str
    code: str
    message: str
    remedy: str = ""
