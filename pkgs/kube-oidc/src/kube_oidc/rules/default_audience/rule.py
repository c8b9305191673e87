"""Default audience that every job's token has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.finding import Confidence, Finding, Remedy, RuleMetadata
from kube_oidc.rules.engine.issuer import IssuerUnderReview

RULE: Final = RuleMetadata(
    id="default-audience",
    title="Default audience that every job's token has",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    source="https://docs.github.com/en/actions/reference/security/oidc",
)


def check(config: ConfigUnderReview) -> Iterator[Finding]:
    """Reports audiences that a job's token has by default."""
    for entry in config.entries:
        for position, audience in enumerate(entry.model.issuer.audiences):
            if _default(entry, audience):
                path = entry.path.child("issuer", "audiences").index(position)
                message = f"{audience!r} is the default audience of job tokens"
                # CircleCI's predefined variable always has it; another audience needs a command in the job.
                confidence = Confidence.LOW if entry.provider.id == "circleci" else None
                remedy = Remedy("use an audience for this cluster, for example audiences: [my-cluster]")
                yield Finding(path, message, remedy, confidence=confidence)


def _default(entry: IssuerUnderReview, audience: str) -> bool:
    url = entry.model.issuer.url
    match entry.provider.id:
        case "github":
            return re.fullmatch(r"https://github\.com/[^/]+", audience) is not None
        case "forgejo":
            host = url.removesuffix("/").removesuffix("/api/actions")
            return re.fullmatch(re.escape(host) + "/[^/]+", audience) is not None
        case "vercel":
            return re.fullmatch(r"https://vercel\.com/[^/]+", audience) is not None
        case "codefresh":
            return audience == "https://g.codefresh.io"
        case "circleci":
            return url.rstrip("/").endswith(f"/{audience}")
    return False
