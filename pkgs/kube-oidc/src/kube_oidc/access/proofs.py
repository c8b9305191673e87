"""What a change does to all tokens: for each kind of change of which no token was found, one, or a proof of none."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Final

from kube_oidc.access.witnesses import Kind, Witness, claims_read, differences
from kube_oidc.proof import change
from kube_oidc.proof.problem import Subject
from kube_oidc.proof.search import NotDecided, Proved
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.issuer import IssuerUnderReview
from kube_oidc.rules.engine.tokens import seed_claims

_QUESTIONS: Final[dict[Kind, Callable[[Subject, Subject], change.Answer]]] = {
    Kind.LET_IN: change.newly_accepted,
    Kind.SHUT_OUT: change.newly_refused,
    Kind.RENAMED: change.renamed,
}


@dataclass(frozen=True, slots=True)
class Absence:
    """No token of this issuer has this effect: proved, or not decided for this reason."""

    kind: Kind
    issuer: str
    reason: str = ""

    @property
    def is_proved(self) -> bool:
        """Whether it holds for all tokens."""
        return not self.reason


def settled(
    old: ConfigUnderReview, new: ConfigUnderReview, shown: Collection[Witness]
) -> Iterator[Witness | Absence]:
    """For each issuer that changed, what is true of all tokens for the kinds that nothing was shown for."""
    before = {entry.model.issuer.url: entry for entry in old.entries}
    known = {(witness.issuer, witness.kind) for witness in shown}
    for entry in new.entries:
        was = before.get(entry.model.issuer.url)
        if was is None or was.model == entry.model:
            continue
        sides = _subject(was), _subject(entry)
        for kind, ask in _QUESTIONS.items():
            if (entry.model.issuer.url, kind) not in known:
                yield _answered(kind, entry, ask(*sides), sides[1])


def _subject(entry: IssuerUnderReview) -> Subject:
    return Subject(entry.model, entry.version, entry.sample_claims or seed_claims(entry))


def _answered(
    kind: Kind, entry: IssuerUnderReview, answer: change.Answer, subject: Subject
) -> Witness | Absence:
    url = entry.model.issuer.url
    match answer:
        case Proved():
            return Absence(kind, url)
        case NotDecided(reason):
            return Absence(kind, url, reason)
    telling, absent = differences(dict(subject.sample), answer.claims, claims_read([entry]))
    return Witness(kind, url, answer.claims, telling, absent, answer.before, answer.after)
