"""Finds the claims of a refused token that can change the outcome."""

from __future__ import annotations

from kube_oidc.authn.authenticate import Outcome, Refused
from kube_oidc.rules.engine.issuer import IssuerUnderReview
from kube_oidc.verdict.cel.scope import Scope


def claims_affecting(entry: IssuerUnderReview, outcome: Outcome) -> frozenset[str] | None:
    """Returns claims of which one must change for authentication to get further; None if it can be any claim.

    An expression that failed fails again as long as the claims it reads are the same. `uid` is included because
    authentication has one step less if it is empty.
    """
    if not isinstance(outcome, Refused) or not outcome.expression:
        return None
    uid = entry.model.claim_mappings.uid
    expressions = [text for text in (outcome.expression, uid.expression) if text]
    read = [_reads(entry, text) for text in expressions]
    known = [names for names in read if names is not None]
    return frozenset().union((uid.claim,), *known) if len(known) == len(read) else None


def _reads(entry: IssuerUnderReview, expression: str) -> tuple[str, ...] | None:
    from kube_oidc.verdict.cel.compile import (  # noqa: PLC0415 - most files have no expression
        Compiled,
        compile_expression,
    )
    from kube_oidc.verdict.cel.referenced_claims import referenced_claims  # noqa: PLC0415

    compiled = compile_expression(expression, Scope.CLAIMS, entry.version)
    return referenced_claims(compiled) if isinstance(compiled, Compiled) else None
