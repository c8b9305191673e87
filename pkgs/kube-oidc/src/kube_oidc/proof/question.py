"""Asks whether a token exists, and answers with one that the authenticator accepts, with a proof, or with neither.

Conditions are CEL, over `claims` or over the `user` that they become. Each is asked of the solver as a constraint, and
of the exact evaluator once a token is found.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kube_oidc.authn import authenticate
from kube_oidc.model import UserInfo
from kube_oidc.proof.problem import Claims, Problem, Question, Subject, is_true, quoted, side
from kube_oidc.proof.search import NotDecided, Proved, search
from kube_oidc.proof.terms import Script, not_
from kube_oidc.verdict.cel.scope import Scope

__all__ = [
    "Claims",
    "NotDecided",
    "Proved",
    "Question",
    "Refused",
    "Shown",
    "Subject",
    "ask",
    "is_true",
    "quoted",
    "refused",
    "shown",
]


@dataclass(frozen=True, slots=True)
class Shown:
    """A token does it: its claims, accepted by the authenticator, and the user it becomes."""

    claims: Claims
    user: UserInfo


@dataclass(frozen=True, slots=True)
class Refused:
    """A token with these claims fulfils the conditions, and the authenticator refuses it."""

    claims: Claims


def ask(
    subject: Subject, question: Question, guess: Callable[[], Shown | None] = lambda: None
) -> Shown | Proved | NotDecided:
    """A token that the entry accepts and for which the question's conditions are true; `guess` as in `search`."""

    def pose() -> Problem:
        script = Script()
        only = side(script, subject, question)
        script.require(only.entry.accepted)
        return Problem((only,))

    return search(pose, lambda tokens: shown(subject, question, tokens[0]), guess)


def shown(subject: Subject, question: Question, claims: Claims) -> Shown | None:
    """The token if the authenticator accepts it, and the question's conditions are true."""
    user = subject.user(claims)
    return Shown(claims, user) if user is not None and subject.satisfies(question, claims, user) else None


def refused(
    subject: Subject, conditions: Sequence[str] = (), unless: Sequence[str] = ()
) -> Refused | Proved | NotDecided:
    """A token of the issuer's model that fulfils the conditions (CEL over `claims`) and is refused.

    None of `unless` is true of it.

    Proved: every such token is accepted, as far as its claims decide: time and signature are not part of the question.
    """

    def pose() -> Problem:
        script = Script()
        only = side(script, subject, Question(), others=len(conditions) + len(unless))
        for text in conditions:
            script.require(only.entry.holds(text, Scope.CLAIMS))
        for text in unless:
            script.require(not_(only.entry.holds(text, Scope.CLAIMS)))
        script.require(not_(only.entry.accepted))
        return Problem((only,))

    def confirm(tokens: tuple[Claims, ...]) -> Refused | None:
        [claims] = tokens
        meant = all(is_true(text, Scope.CLAIMS, claims, subject.version) for text in conditions)
        meant = meant and not any(is_true(text, Scope.CLAIMS, claims, subject.version) for text in unless)
        is_refused = isinstance(subject.outcome(claims), authenticate.Refused)
        return Refused(claims) if meant and is_refused else None

    return search(pose, confirm)
