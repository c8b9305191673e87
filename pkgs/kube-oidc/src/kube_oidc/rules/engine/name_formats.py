"""A proof without a solver: can the formats of the claims make a user name that is their sum?

Only for a claim with a prefix, and for an expression that adds texts and claims, of which each name is one sum.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from kube_oidc.rules.engine.issuer import IssuerUnderReview, token_model
from kube_oidc.rules.engine.workloads import subject_beginnings
from kube_oidc.verdict.cel.syntax import Call, Ident, Literal, Node, Select

_SUBJECT: Final = "sub"
_ANY: Final = r"[\s\S]*"


def can_make(entry: IssuerUnderReview, name: str) -> bool:
    """Can a token's claims make this user name, by their formats? True if that is not known."""
    parts = _parts_of_username(entry)
    if parts is None:
        return True
    pattern = "".join(text if is_pattern else re.escape(text) for text, is_pattern in parts)
    return re.fullmatch(pattern, name) is not None


def _parts_of_username(entry: IssuerUnderReview) -> list[tuple[str, bool]] | None:
    """The texts and the patterns of claims that are added; None if the mapping is anything else."""
    mapping = entry.model.claim_mappings.username
    if mapping.claim:
        return [(mapping.prefix or "", False), (_format(entry, mapping.claim), True)]
    read = entry.mappings.get("username")
    parts = list(_sum(entry, read.facts.tree)) if read is not None else [None]
    return None if None in parts else [part for part in parts if part is not None]


def _sum(entry: IssuerUnderReview, node: Node) -> Iterator[tuple[str, bool] | None]:
    """Each part from left to right; None for what is neither a text nor a claim."""
    match node:
        case Literal(value=str(text)):
            yield text, False
        case Select(operand=Ident(name="claims"), field=claim, test=False):
            yield _format(entry, claim), True
        case Call(function="_+_", target=None, arguments=[left, right]):
            yield from _sum(entry, left)
            yield from _sum(entry, right)
        case _:
            yield None


def _format(entry: IssuerUnderReview, claim: str) -> str:
    """The pattern of a claim's text; any text if it isn't known."""
    known = token_model(entry).claims.get(claim)
    if known is not None and known.pattern:
        return f"(?:{known.pattern})"
    if claim == _SUBJECT and (beginnings := subject_beginnings(entry)):
        return f"(?:{'|'.join(map(re.escape, sorted(beginnings)))}):{_ANY}"
    return _ANY
