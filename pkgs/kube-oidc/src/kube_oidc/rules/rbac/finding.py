"""What is found of a grant: which, how sure, what to bind instead, and the token and request that show it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from kube_oidc.rbac import Binding, Request, Subject
from kube_oidc.rules.finding import About, Confidence
from kube_oidc.rules.rbac.grants import Grants, Held

__all__ = ["About", "Confidence", "GrantFinding", "GrantModule", "of"]


@dataclass(frozen=True, slots=True)
class GrantFinding:
    """`held` and `request` show it: the token of the one is allowed the other. None where nobody is allowed."""

    binding: Binding
    subject: Subject
    message: str
    remedy: str
    held: Held | None = None
    request: Request | None = None
    confidence: Confidence | None = None


class GrantModule(Protocol):
    """A file of this folder: its docstring is the user's page."""

    ABOUT: About
    __doc__: str | None

    def check(self, grants: Grants) -> Iterator[GrantFinding]:
        """What is found in these grants."""


def of(
    held: Held, request: Request | None, message: str, remedy: str, confidence: Confidence
) -> GrantFinding:
    """A finding about a grant that a token gets."""
    grant = held.grant
    return GrantFinding(grant.binding, grant.subject, message, remedy, held, request, held.sure(confidence))
