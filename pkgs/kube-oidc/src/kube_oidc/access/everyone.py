"""Answers about all tokens of an issuer: who gets in, and who becomes a name that no tried token becomes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from kube_oidc.access.model import Outsiders
from kube_oidc.proof.question import NotDecided, Proved, Question, Shown, Subject, ask, quoted
from kube_oidc.rules.engine.issuer import Claims, IssuerUnderReview

_MOST_OWNERS: Final = 4  # that are looked for before the issuer counts as open to anyone
MOST_NAMES: Final = 40  # names in bindings that are asked about, for each issuer


def outsiders(entry: IssuerUnderReview) -> Outsiders | None:
    """Whether anyone but the owners that the rules name gets in; None if the issuer's tokens have no owners."""
    claims = [
        entry.provider.trust[option] for option in ("owners", "ownerIds") if option in entry.provider.trust
    ]
    sample = entry.sample_claims
    if not claims or sample is None:
        return None
    subject = Subject(entry.model, entry.version, sample)
    owners = [sample]
    rules = " ".join(
        f"{rule.expression} {rule.required_value}" for rule in entry.model.claim_validation_rules
    )
    shown = next((claim for claim in claims if str(sample.get(claim)) in rules), claims[0])
    for _ in range(_MOST_OWNERS):
        answer = ask(subject, _other_than(owners, claims))
        match answer:
            case Proved():
                return Outsiders(_names(owners, shown))
            case NotDecided(reason):
                return Outsiders(_names(owners, shown), reason=reason)
        owners.append(answer.claims)
    return Outsiders((), token=owners[-1])


def _other_than(owners: Sequence[Mapping[str, Any]], claims: Sequence[str]) -> Question:
    """A token of an owner with another name and another number."""
    conditions = []
    for claim in claims:
        known = [quoted(owner[claim]) for owner in owners if isinstance(owner.get(claim), str)]
        conditions.append(f"!(claims.{claim} in [{', '.join(known)}])")
    return Question(claims=tuple(conditions))


def _names(owners: Sequence[Mapping[str, Any]], claim: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f"{claim} {owner.get(claim, '')}" for owner in owners))


def becoming(
    entries: Sequence[IssuerUnderReview], names: Sequence[tuple[str, str]]
) -> Iterator[tuple[int, tuple[str, str], Claims]]:
    """The positions of the issuers with a token that becomes the user or has the group, with the token's claims."""
    for position, entry in enumerate(entries):
        subject = Subject(entry.model, entry.version, entry.sample_claims or {})
        possible = [(kind, name) for kind, name in names if _has_prefix(entry, kind, name)]
        for kind, name in possible[:MOST_NAMES]:
            answer = ask(subject, _becomes(kind, name))
            if isinstance(answer, Shown):
                yield position, (kind, name), answer.claims


def _has_prefix(entry: IssuerUnderReview, kind: str, name: str) -> bool:
    """Whether a mapping of a claim with a prefix can make the name; expressions may make any."""
    mappings = entry.model.claim_mappings
    mapping = mappings.username if kind == "User" else mappings.groups
    if mapping.expression:
        return True
    return bool(mapping.claim) and name.startswith(mapping.prefix or "")


def _becomes(kind: str, name: str) -> Question:
    user = f"user.username == {quoted(name)}" if kind == "User" else f"{quoted(name)} in user.groups"
    return Question(user=(user,))
