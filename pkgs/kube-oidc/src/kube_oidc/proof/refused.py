"""Asks whether every token that fulfils some conditions is accepted, and answers with one that is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from kube_oidc.proof.compare import BeyondSolverError
from kube_oidc.proof.question import (
    ATTEMPTS,
    Claims,
    NotDecided,
    Problem,
    Proved,
    Question,
    Subject,
    is_true,
    pose,
)
from kube_oidc.proof.regex import BeyondRegularError
from kube_oidc.proof.solver import Sat, Unknown, Unsat, solve
from kube_oidc.proof.terms import Term, and_, not_
from kube_oidc.proof.tokens import build, fixed, wanted
from kube_oidc.verdict.cel.scope import Scope

_NOTHING: Final = Question()


@dataclass(frozen=True, slots=True)
class Refused:
    """A token with these claims fulfils the conditions, and the authenticator refuses it."""

    claims: Claims


def refused(subject: Subject, conditions: Sequence[str]) -> Refused | Proved | NotDecided:
    """A token of the issuer's model that fulfils the conditions (CEL over `claims`) and is refused.

    Proved: every such token is accepted, as far as its claims decide: time and signature are not part of the question.
    """
    try:
        problem = pose(subject, _NOTHING, refused=True, conditions=conditions)
        return _searched(subject, conditions, problem)
    except BeyondSolverError as error:
        return NotDecided(f"{error} is beyond the solver")
    except (BeyondRegularError, RecursionError, ValueError) as error:
        return NotDecided(f"a part of the question is beyond the solver: {error}")


def _searched(subject: Subject, conditions: Sequence[str], problem: Problem) -> Refused | Proved | NotDecided:
    blocked: list[Term] = []
    for _ in range(ATTEMPTS):
        script = "".join((*problem.script.lines, *(f"(assert {term})" for term in blocked)))
        match solve(script, wanted(problem.token), subject.steps, []):
            case Unknown(reason):
                return NotDecided(reason)
            case Unsat():
                return _beyond(problem, subject) if blocked else Proved()
            case Sat(values):
                claims = build(problem.token, values, subject.sample)
                meant = all(is_true(text, Scope.CLAIMS, claims, subject.version) for text in conditions)
                if meant and subject.user(claims) is None:
                    return Refused(claims)
                blocked.append(not_(and_(*fixed(problem.token, values))))
    return _beyond(problem, subject)


def _beyond(problem: Problem, subject: Subject) -> NotDecided:
    expressions = ", ".join(problem.entry.unexpressed)
    return NotDecided(
        f"{expressions} is beyond the solver"
        if expressions
        else f"no refused token of {subject.model.issuer.url} was confirmed"
    )
