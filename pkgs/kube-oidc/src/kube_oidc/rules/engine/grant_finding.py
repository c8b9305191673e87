"""A finding on an RBAC grant, with the token and request that show it."""

from __future__ import annotations

from dataclasses import dataclass

from kube_oidc.rbac import Binding, Request, Subject
from kube_oidc.rules.engine.finding import Confidence
from kube_oidc.rules.engine.grants import Held


@dataclass(frozen=True, slots=True)
class GrantFinding:
    """`held` and `request` show it: the token of `held` is allowed `request`. None if no token is."""

    binding: Binding
    subject: Subject
    message: str
    remedy: str
    held: Held | None = None
    request: Request | None = None
    confidence: Confidence | None = None


def grant_finding(
    held: Held, request: Request | None, message: str, remedy: str, confidence: Confidence
) -> GrantFinding:
    """Returns a finding on a grant that a token gets."""
    grant = held.grant
    return GrantFinding(
        grant.binding, grant.subject, message, remedy, held, request, held.confidence(confidence)
    )
