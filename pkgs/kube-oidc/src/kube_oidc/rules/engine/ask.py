"""Asks about all tokens of an issuer: shown by a token that the authenticator accepts, proved, or not decided."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Final

from kube_oidc.model import JWTAuthenticator
from kube_oidc.rules.engine.attacker import Attacker
from kube_oidc.rules.engine.issuer import Claims, IssuerUnderReview, token_model

if TYPE_CHECKING:
    from kube_oidc.proof.problem import Question, Subject
    from kube_oidc.proof.question import Shown
    from kube_oidc.proof.search import NotDecided, Proved

_QUICK: Final = 80  # tokens to try before the solver's, if there is no proof at once


def ask(
    entry: IssuerUnderReview, who: Attacker, user: Iterable[str] = (), steps: int | None = None
) -> Shown | Proved | NotDecided:
    """Returns whether a token of this attacker is accepted and becomes a user that fulfils these conditions in CEL."""
    from kube_oidc.proof.problem import Question, Subject  # noqa: PLC0415
    from kube_oidc.proof.question import ask as ask_solver  # noqa: PLC0415
    from kube_oidc.proof.search import NotDecided  # noqa: PLC0415
    from kube_oidc.proof.solver import STEPS  # noqa: PLC0415 - only if there is a question

    question = Question(claims=who.conditions, user=tuple(user))
    if question not in entry.answers:
        subject = Subject(entry.model, entry.version, entry.sample_claims or {}, steps or STEPS)
        tokens = map(token_model(entry).repaired, who.likely())
        answered = ask_solver(
            subject, question, lambda: _first(entry, subject, question, islice(tokens, _QUICK))
        )
        if isinstance(answered, NotDecided):
            answered = _first(entry, subject, question, tokens) or answered
        entry.answers[question] = answered
    answer: Shown | Proved | NotDecided = entry.answers[question]
    if isinstance(answer, NotDecided):
        entry.undecided[who.name] = answer.reason
    return answer


def refuses_all(entry: IssuerUnderReview, model: JWTAuthenticator | None = None) -> bool:
    """Returns whether it is proved that no token of this issuer is accepted, by its own rules or by those of `model`.

    Only asked of CI jobs' issuers, because the type of a person's claim is a setting of the issuer, and only if the
    sample token is none that the issuer can sign.
    """
    sample = entry.sample_claims
    is_signed = sample is not None and not any(token_model(entry).differences(sample))
    if is_signed or not entry.provider.is_ci:
        return False
    from kube_oidc.proof.problem import Question, Subject  # noqa: PLC0415
    from kube_oidc.proof.question import ask as ask_solver  # noqa: PLC0415
    from kube_oidc.proof.search import Proved  # noqa: PLC0415 - only for tokens that no issuer signs

    asked = model or entry.model
    if asked not in entry.answers:
        subject = Subject(asked, entry.version, sample or entry.provider.example)
        if entry.provider.facts.get("customSubjects"):  # then a subject can be anything
            others = tuple(each for each in subject.tokens.relations if each.claim != "sub")
            subject.tokens = replace(subject.tokens, relations=others)
        entry.answers[asked] = ask_solver(subject, Question())
    return isinstance(entry.answers[asked], Proved)


def _first(
    entry: IssuerUnderReview, subject: Subject, question: Question, tokens: Iterable[Claims]
) -> Shown | None:
    """Returns the first of these tokens that the issuer can sign and that is an answer."""
    from kube_oidc.proof.question import Shown  # noqa: PLC0415

    model = token_model(entry)
    for claims in tokens:
        user = entry.user(claims)
        if (
            user is not None
            and not any(model.differences(claims))
            and subject.satisfies(question, claims, user)
        ):
            return Shown(claims, user)
    return None


def shown(entry: IssuerUnderReview, who: Attacker, user: Iterable[str] = ()) -> Claims | None:
    """Returns the claims of such a token; None if there is none, or if that wasn't decided."""
    from kube_oidc.proof.question import Shown  # noqa: PLC0415

    answer = ask(entry, who, user)
    return answer.claims if isinstance(answer, Shown) else None


def shown_by_one(
    entry: IssuerUnderReview, attackers: Sequence[Attacker], user: Iterable[str] = ()
) -> Claims | None:
    """Returns the claims of such a token of one of these attackers. Tries the likely ones of all of them first."""
    from kube_oidc.proof.problem import Question, Subject  # noqa: PLC0415 - only if there is a question

    subject, user = Subject(entry.model, entry.version, entry.sample_claims or {}), tuple(user)
    for who in attackers:
        tokens = map(token_model(entry).repaired, who.likely())
        found = _first(entry, subject, Question(who.conditions, user), tokens)
        if found is not None:
            return found.claims
    return next((claims for who in attackers if (claims := shown(entry, who, user)) is not None), None)
