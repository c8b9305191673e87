"""Asks about all tokens of an issuer: shown by a token that the authenticator accepts, proved, or not decided."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from kube_oidc.rules.engine.attacker import Attacker
from kube_oidc.rules.engine.issuer import Claims, IssuerUnderReview, token_model

if TYPE_CHECKING:
    from kube_oidc.proof.question import Shown
    from kube_oidc.proof.search import NotDecided, Proved


def ask(entry: IssuerUnderReview, who: Attacker, user: Iterable[str] = ()) -> Shown | Proved | NotDecided:
    """Returns whether a token of this attacker is accepted and becomes a user that fulfils these conditions in CEL."""
    from kube_oidc.proof.problem import Question, Subject  # noqa: PLC0415
    from kube_oidc.proof.question import Shown  # noqa: PLC0415
    from kube_oidc.proof.question import ask as ask_solver  # noqa: PLC0415
    from kube_oidc.proof.search import NotDecided  # noqa: PLC0415 - only if there is a question

    question = Question(claims=who.conditions, user=tuple(user))
    if question not in entry.answers:
        subject = Subject(entry.model, entry.version, entry.sample_claims or {})
        model = token_model(entry)
        for claims in map(model.repaired, who.likely()):
            found = entry.user(claims)
            if found is None or any(model.differences(claims)):
                continue
            if subject.satisfies(question, claims, found):
                entry.answers[question] = Shown(claims, found)
                break
        else:
            entry.answers[question] = ask_solver(subject, question)
    answer: Shown | Proved | NotDecided = entry.answers[question]
    if isinstance(answer, NotDecided):
        entry.undecided[who.name] = answer.reason
    return answer


def shown(entry: IssuerUnderReview, who: Attacker, user: Iterable[str] = ()) -> Claims | None:
    """Returns the claims of such a token; None if there is none, or if that wasn't decided."""
    from kube_oidc.proof.question import Shown  # noqa: PLC0415

    answer = ask(entry, who, user)
    return answer.claims if isinstance(answer, Shown) else None
