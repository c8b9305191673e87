"""Asks whether a token exists, and answers with one that the authenticator accepts, with a proof, or with neither.

Conditions are CEL, over `claims` or over the `user` that they become. Each is asked of the solver as a constraint, and
of the exact evaluator once a token is found.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from kube_oidc.authn.authenticate import Authenticated, Authenticator
from kube_oidc.model import AuthenticationConfiguration, JWTAuthenticator, UserInfo
from kube_oidc.proof.claims import Token
from kube_oidc.proof.compare import BeyondSolverError
from kube_oidc.proof.entry import SymbolicEntry, compiled, expressions, witnesses_needed
from kube_oidc.proof.models import TokenModel
from kube_oidc.proof.regex import BeyondRegularError
from kube_oidc.proof.solver import STEPS, Sat, Unknown, Unsat, solve
from kube_oidc.proof.terms import Script, Term, and_, not_
from kube_oidc.proof.tokens import build, closest, fixed, wanted
from kube_oidc.proof.values import DOUBLE, INT
from kube_oidc.providers.provider import Provider, provider_of
from kube_oidc.verdict.cel.evaluate import Value, bound, evaluate
from kube_oidc.verdict.cel.scope import Scope
from kube_oidc.verdict.versions import Difference, KubernetesVersion

ATTEMPTS: Final = 6
_MOST_WITNESSES: Final = 8
_RESERVED: Final = 2  # elements that the mapping itself and the audience ask about

Claims = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """Is there an accepted token for which all of these are true? CEL over `claims`, and over `user`.

    `unless` are conditions over `claims` of which none is true; one that fails at run time isn't.
    """

    claims: tuple[str, ...] = ()
    user: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()


def quoted(text: str) -> str:
    """The text as a CEL literal."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\x7f")


@dataclass(frozen=True, slots=True)
class Shown:
    """A token does it: its claims, accepted by the authenticator, and the user it becomes."""

    claims: Claims
    user: UserInfo


@dataclass(frozen=True, slots=True)
class Proved:
    """No token does."""


@dataclass(frozen=True, slots=True)
class NotDecided:
    """Neither a token nor a proof was found."""

    reason: str


Answer = Shown | Proved | NotDecided


@dataclass
class Subject:
    """The entry that questions are about. `sample` has the claims that a shown token should have if possible."""

    model: JWTAuthenticator
    version: KubernetesVersion
    sample: Mapping[str, Any] = field(default_factory=dict)
    provider: Provider | None = None
    steps: int = STEPS
    authenticator: Authenticator = field(init=False)

    def __post_init__(self) -> None:
        self.provider = self.provider or provider_of(self.model.issuer.url)
        self.authenticator = Authenticator(AuthenticationConfiguration("", (self.model,)), self.version)
        audience = self.model.issuer.audiences[0] if self.model.issuer.audiences else ""
        usual = self.sample or self.provider.example
        self.sample = {**usual, "iss": self.model.issuer.url, "aud": audience}

    def user(self, claims: Mapping[str, Any]) -> UserInfo | None:
        """The user that a token with these claims becomes; None if it is refused."""
        outcome = self.authenticator.authenticate(json.dumps(claims))
        return outcome.user if isinstance(outcome, Authenticated) else None

    def satisfies(self, question: Question, claims: Mapping[str, Any], user: UserInfo) -> bool:
        """Whether the question's conditions are true, by the exact evaluator."""
        return (
            all(is_true(text, Scope.CLAIMS, claims, self.version) for text in question.claims)
            and all(is_true(text, Scope.USER, user, self.version) for text in question.user)
            and not any(is_true(text, Scope.CLAIMS, claims, self.version) for text in question.unless)
        )


def is_true(
    expression: str, scope: Scope, given: Mapping[str, Any] | UserInfo, version: KubernetesVersion
) -> bool:
    """Whether an expression is true, by the exact evaluator."""
    result = evaluate(compiled(expression, scope, version), bound(given, version))
    return isinstance(result, Value) and result.value is True


@dataclass
class Problem:
    """The constraints of one question, and the variables of its token."""

    script: Script
    entry: SymbolicEntry

    @property
    def token(self) -> Token:
        """The token that is asked for."""
        return self.entry.token


def ask(subject: Subject, question: Question) -> Answer:
    """The answer; what can't be decided says why. Takes a limited number of solver steps."""
    try:
        return _asked(subject, question)
    except BeyondSolverError as error:
        return NotDecided(f"{error} is beyond the solver")
    except (BeyondRegularError, RecursionError, ValueError) as error:
        return NotDecided(f"a part of the question is beyond the solver: {error}")


def _asked(subject: Subject, question: Question) -> Answer:
    problem = pose(subject, question)
    hints = list(problem.script.exact)
    blocked: list[Term] = []
    for _ in range(ATTEMPTS + len(hints)):
        script = "".join((*problem.script.lines, *(f"(assert {term})" for term in blocked)))
        match solve(script, wanted(problem.token), subject.steps, hints):
            case Unknown(reason):
                if not hints:
                    return NotDecided(reason)
                hints = []
            case Unsat(()):
                return _undecided(problem, subject) if blocked else Proved()
            case Unsat(conflict):
                hints = [hint for number, hint in enumerate(hints) if number not in conflict]
            case Sat(values):
                shown = None if blocked else _near(subject, question)
                shown = shown or _confirmed(subject, question, build(problem.token, values, subject.sample))
                if shown is not None:
                    return shown
                blocked.append(not_(and_(*fixed(problem.token, values))))
    return _undecided(problem, subject)


def _near(subject: Subject, question: Question) -> Shown | None:
    """A token that is as close as possible to the sample, if the authenticator confirms it."""
    problem = pose(subject, question)
    values = closest(problem.script, problem.token, subject.sample, subject.steps)
    return (
        None
        if values is None
        else _confirmed(subject, question, build(problem.token, values, subject.sample))
    )


def _confirmed(subject: Subject, question: Question, claims: Claims) -> Shown | None:
    user = subject.user(claims)
    return Shown(claims, user) if user is not None and subject.satisfies(question, claims, user) else None


def _undecided(problem: Problem, subject: Subject) -> NotDecided:
    beyond = ", ".join(problem.entry.unexpressed)
    if beyond:
        return NotDecided(f"{beyond} is beyond the solver")
    return NotDecided(f"no token of {subject.model.issuer.url} was confirmed")


def pose(
    subject: Subject, question: Question, *, refused: bool = False, conditions: Sequence[str] = ()
) -> Problem:
    """The constraints on a token that the entry accepts and that fulfils the question's conditions.

    With `refused`, on a token that fulfils `conditions` over `claims` and that the entry refuses.
    """
    script = Script()
    assert subject.provider is not None
    model = TokenModel(subject.provider, subject.model.issuer)
    required = [(text, Scope.CLAIMS) for text in question.claims] + [
        (text, Scope.USER) for text in question.user
    ]
    others = [(text, Scope.CLAIMS) for text in (*question.unless, *conditions)]
    asked = [*expressions(subject.model), *required, *others]
    needed = witnesses_needed(asked, subject.version) + _RESERVED
    token = Token(
        script,
        model.claim,
        numbers=DOUBLE if subject.version.has(Difference.CLAIMS_BOUND_LAZILY) else INT,
        witnesses=min(needed, _MOST_WITNESSES),
        witnessed=needed <= _MOST_WITNESSES,
        related=model.related,
        relations=model.relations,
    )
    entry = SymbolicEntry(subject.model, subject.version, script, token, "", {})
    for text, scope in required:
        entry.require(entry.holds(text, scope))
    for text in question.unless:
        entry.require(not_(entry.holds(text, Scope.CLAIMS)))
    for text in conditions:
        script.require(entry.holds(text, Scope.CLAIMS))
    script.require(not_(entry.accepted) if refused else entry.accepted)
    return Problem(script, entry)
