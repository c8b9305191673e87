"""Different identities get one group."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.finding import Confidence, Finding, Remedy, RuleMetadata
from kube_oidc.rules.engine.identities_met import met

RULE: Final = RuleMetadata(
    id="ambiguous-group",
    title="Different identities get one group",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    source="https://kubernetes.io/docs/reference/access-authn-authz/authentication/",
    asks=True,
)
_COVERED: Final = frozenset({"every-token-refused", "shared-issuer-unpinned"})


def check(config: ConfigUnderReview) -> Iterator[Finding]:
    """Reports each CI issuer that makes one group of two repositories, or of two refs."""
    for entry in config.entries:
        is_made = entry.provider.is_ci and entry.model.claim_mappings.groups.expression
        found = met(entry, "groups") if is_made and not _COVERED & entry.reported else None
        if found is None:
            continue
        values = " and ".join(repr(claims.get(found.claim)) for claims in found[:2])
        message = f"two tokens with a different {found.claim} ({values}) both get the group {found.name!r}"
        remedy = Remedy(f"use the whole {found.claim} in the group's name")
        yield Finding(entry.mapping_path("groups"), message, remedy, found.other)
