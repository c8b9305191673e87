"""Audience shared with another service."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.finding import Confidence, Finding, Remedy, RuleMetadata

RULE: Final = RuleMetadata(
    id="shared-audience",
    title="Audience shared with another service",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    source="https://www.rfc-editor.org/rfc/rfc8725#section-3.9",
)
_REMEDY: Final = Remedy("use an audience for this cluster, for example audiences: [my-cluster]")
# Audience → service. Sources: the login action and documentation of each service.
_OTHERS: Final = {
    "sts.amazonaws.com": "AWS",
    "api://AzureADTokenExchange": "Azure",
    "aws.workload.identity": "AWS, by default with HCP Terraform",
    "hcp.workload.identity": "HCP, by default with HCP Terraform",
    "vault.workload.identity": "Vault, by default with HCP Terraform",
    "sigstore": "Sigstore",
    "pypi": "PyPI",
    "testpypi": "PyPI",
    "vault": "Vault",
    "00000003-0000-0000-c000-000000000000": "Microsoft Graph",
    "00000002-0000-0000-c000-000000000000": "Azure AD Graph",
    "https://management.azure.com": "Azure Resource Manager",
    "https://management.core.windows.net/": "Azure Resource Manager",
    "6dae42f8-4368-4678-94ff-3960e28e3630": "every AKS cluster",
    "32555940559.apps.googleusercontent.com": "the gcloud command, which anyone can use",
}
_POOL: Final = re.compile(r"(https:)?//iam\.googleapis\.com/projects/.+")


def check(config: ConfigUnderReview) -> Iterator[Finding]:
    """Reports audiences of other services, and of other files in this check."""
    for entry in config.entries:
        for position, audience in enumerate(entry.model.issuer.audiences):
            owner = _owner(entry.provider.id, audience)
            path = entry.path.child("issuer", "audiences").index(position)
            other = config.elsewhere.get((entry.model.issuer.url, audience))
            if owner is not None:
                message = f"{audience!r} is the audience of {owner}: tokens for it are accepted here too"
                yield Finding(path, message, _REMEDY)
            elif other is not None:
                message = f"{other} accepts the same issuer and audience {audience!r}: a token for one works at both"
                yield Finding(path, message, _REMEDY, confidence=Confidence.LOW)


def _owner(provider: str, audience: str) -> str | None:
    if provider == "keycloak" and audience == "account":
        return "Keycloak's account console, and is in the tokens of every client"
    if _POOL.fullmatch(audience):
        return "Google Cloud"
    if audience.startswith("npm:"):  # trusted publishing: the scheme, then the registry
        return "npm"
    return _OTHERS.get(audience)
