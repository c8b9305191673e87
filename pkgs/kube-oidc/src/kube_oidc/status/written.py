"""The file that should be loaded, judged as the API servers that should load it judge it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from kube_oidc.cluster.server import ServerReport
from kube_oidc.diagnostics import Severity
from kube_oidc.status import Written
from kube_oidc.verdict.validate_file import check
from kube_oidc.verdict.validation import Context
from kube_oidc.verdict.versions import KubernetesVersion


def judged(path: str, data: bytes, changed: float, version: KubernetesVersion) -> Written:
    """What an API server of this version says of the file; `changed` is when it took its place (Unix seconds)."""
    checked = check(data, Context(version))
    errors = (found for found in checked.diagnostics if found.severity is Severity.ERROR)
    first = next(errors, None)
    said = ": ".join(filter(None, (first.field, first.message))) if first else ""
    refusal, doubt = ("", said) if checked.undecided else (said, "")
    issuers = checked.configuration.jwt if checked.configuration else ()
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    return Written(path, digest, changed, refusal, tuple(entry.issuer for entry in issuers), doubt)


def oldest(servers: Iterable[ServerReport]) -> KubernetesVersion | None:
    """The lowest version that answered, within what the checker knows; None where none did."""
    found = []
    for server in servers:
        try:
            found.append(KubernetesVersion.parse(server.version or ""))
        except ValueError:
            continue
    return min(found).nearest_known() if found else None
