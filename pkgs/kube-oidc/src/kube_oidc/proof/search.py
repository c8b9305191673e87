"""Searches for tokens that solve a problem, and confirms them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from kube_oidc.proof.candidates import among_candidates, constants
from kube_oidc.proof.compare import BeyondSolverError
from kube_oidc.proof.problem import Claims, Problem
from kube_oidc.proof.regex import BeyondRegularError
from kube_oidc.proof.solver import Sat, Unknown, Unsat, solve
from kube_oidc.proof.terms import Term
from kube_oidc.proof.tokens import closest

ATTEMPTS: Final = 6
Confirmed = TypeVar("Confirmed")


@dataclass(frozen=True, slots=True)
class Proved:
    """No token does."""


@dataclass(frozen=True, slots=True)
class NotDecided:
    """Neither a token nor a proof was found."""

    reason: str


_STEPS_AT_ONCE: Final = 6_000


def search(
    pose: Callable[[], Problem],
    confirm: Callable[[tuple[Claims, ...]], Confirmed | None],
    guess: Callable[[], Confirmed | None] = lambda: None,
) -> Confirmed | Proved | NotDecided:
    """What `confirm` makes of a solution's tokens, a proof that there is none, or why neither was found.

    Takes a limited number of solver steps. Tokens that `confirm` makes None of are excluded, a few times. What `guess`
    returns is the answer if there is no proof at once: proofs are cheap, the solver's tokens aren't.
    """
    try:
        problem = pose()
        if isinstance(solve(problem.script, (), _STEPS_AT_ONCE), Unsat):
            return Proved()
        guessed = guess()
        return guessed if guessed is not None else _searched(problem, confirm)
    except BeyondSolverError as error:
        return NotDecided(f"{error} is beyond the solver")
    except (BeyondRegularError, RecursionError, ValueError) as error:
        return NotDecided(f"a part of the question is beyond the solver: {error}")


def _searched(
    problem: Problem, confirm: Callable[[tuple[Claims, ...]], Confirmed | None]
) -> Confirmed | Proved | NotDecided:
    hints = list(problem.hints)
    relations = sum(len(side.subject.tokens.relations) for side in problem.sides)
    for _ in range(ATTEMPTS + len(hints) + relations):
        match solve(problem.script, problem.wanted, problem.sides[0].subject.steps, hints):
            case Unknown(reason):
                if not hints:
                    return _among_candidates(problem, confirm) or NotDecided(reason)
                hints = []
            case Unsat(()):
                return _undecided(problem) if problem.blocked else Proved()
            case Unsat(conflict):
                hints = [hint for number, hint in enumerate(hints) if number not in conflict]
            case Sat(values):
                found = _confirmed(problem, values, hints, confirm)
                if found is not None:
                    return found
    return _undecided(problem)


def _undecided(problem: Problem) -> NotDecided:
    beyond = ", ".join(problem.unexpressed)
    if beyond:
        return NotDecided(f"{beyond} is beyond the solver")
    return NotDecided(f"no token of {problem.sides[0].subject.model.issuer.url} was confirmed")


def _among_candidates(
    problem: Problem, confirm: Callable[[tuple[Claims, ...]], Confirmed | None]
) -> Confirmed | None:
    """Tokens whose texts are made from the constants in the expressions, for a question that is too hard."""
    assumptions: list[Term] = []
    for side in problem.sides:
        for relation in side.subject.tokens.relations:
            side.add([relation] if (relation.claim,) in side.token.variables else [])
        texts = [*constants(side.entry.trees), *map(str, side.subject.sample.values())]
        assumptions += among_candidates(side.token, texts)
    answer = solve(problem.script, problem.wanted, problem.sides[0].subject.steps, assumptions)
    return _confirmed(problem, answer.values, assumptions, confirm) if isinstance(answer, Sat) else None


def _confirmed(
    problem: Problem,
    values: Mapping[str, object],
    hints: list[Term],
    confirm: Callable[[tuple[Claims, ...]], Confirmed | None],
) -> Confirmed | None:
    """The tokens of a solution, close to the samples; without them, the problem gets another constraint."""
    wishes = [*hints, *(wish for side in problem.sides for wish in side.wishes)]
    near = closest(
        problem.script, [(side.token, side.subject.sample) for side in problem.sides], wishes, _given(problem)
    )
    tokens: tuple[Claims, ...] = ()
    for solution in (near, values):
        for tokens in problem.tokens(solution) if solution is not None else ():
            pairs = zip(problem.sides, tokens, strict=True)
            if not any(side.subject.tokens.broken(claims) for side, claims in pairs):
                found = confirm(tokens)
                if found is not None:
                    return found
        if solution is not None and problem.refine(tokens):
            return None
    problem.block(values)
    return None


def _given(problem: Problem) -> set[str]:
    """Claims that follow from others."""
    return {relation.claim for side in problem.sides for relation in side.added}
