"""What a token may do and should not, or cannot and was meant to: findings on RBAC, each in a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, cast

from kube_oidc.rules.finding import About, Confidence
from kube_oidc.rules.rbac import (
    grant_escalation,
    grant_everything,
    grant_exec,
    grant_impersonation,
    grant_secrets,
    grant_service_account_token,
    grant_wildcard,
    grant_workloads,
    granted_to_everyone,
    pull_request_writes,
    subject_misspelt,
    subject_of_nobody,
)
from kube_oidc.rules.rbac.finding import GrantFinding, GrantModule
from kube_oidc.rules.rbac.grants import Grants, Held

__all__ = ["IDS", "MODULES", "GrantFinding", "GrantModule", "Grants", "Held", "examine"]

MODULES: Final = cast(
    "tuple[GrantModule, ...]",
    (
        grant_everything,
        granted_to_everyone,
        grant_escalation,
        grant_impersonation,
        grant_secrets,
        grant_service_account_token,
        grant_exec,
        grant_workloads,
        grant_wildcard,
        pull_request_writes,
        subject_misspelt,
        subject_of_nobody,
    ),
)

_ORDER: Final = tuple(Confidence)
IDS: Final = frozenset(module.ABOUT.id for module in MODULES)


def examine(grants: Grants) -> Iterator[tuple[About, GrantFinding]]:
    """Everything found in the grants, in the registry's order; of one binding and one id the surest alone."""
    for module in MODULES:
        of_binding: dict[tuple[str, str], list[GrantFinding]] = {}
        for finding in module.check(grants):
            # A role is the same for all whom its binding names; a name is somebody's own.
            whose = str(finding.binding), "" if module.ABOUT.id.startswith("grant-") else finding.subject.name
            of_binding.setdefault(whose, []).append(finding)
        for findings in of_binding.values():
            first = min(findings, key=lambda each: _ORDER.index(each.confidence or module.ABOUT.confidence))
            more = f" (and {len(findings) - 1} more of its subjects)" if len(findings) > 1 else ""
            yield module.ABOUT, replace(first, message=first.message + more)
