"""A question about all tokens as constraints, and the tokens that its solutions stand for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Final

from kube_oidc.authn.authenticate import Authenticated, Authenticator, Outcome
from kube_oidc.model import AuthenticationConfiguration, Issuer, JWTAuthenticator, UserInfo
from kube_oidc.proof.claims import Token
from kube_oidc.proof.completion import claims_of, completed
from kube_oidc.proof.entry import SymbolicEntry, compiled, expressions, witnesses_needed
from kube_oidc.proof.models import IssuerModel, constraint
from kube_oidc.proof.solver import STEPS
from kube_oidc.proof.terms import Script, Term, and_, not_
from kube_oidc.proof.tokens import as_in, build, fixed, wanted
from kube_oidc.proof.values import DOUBLE, INT
from kube_oidc.providers.model import Relation, TokenModel, model_of
from kube_oidc.providers.provider import provider_of
from kube_oidc.verdict.cel.evaluate import Value, bound, evaluate
from kube_oidc.verdict.cel.scope import Scope
from kube_oidc.verdict.versions import Difference, KubernetesVersion

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

    @property
    def conditions(self) -> list[tuple[str, Scope]]:
        """All conditions with their scopes."""
        over_claims = [(text, Scope.CLAIMS) for text in (*self.claims, *self.unless)]
        return over_claims + [(text, Scope.USER) for text in self.user]


def quoted(text: str) -> str:
    """The text as a CEL literal."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\x7f")


def is_true(
    expression: str, scope: Scope, given: Mapping[str, Any] | UserInfo, version: KubernetesVersion
) -> bool:
    """Whether an expression is true, by the exact evaluator."""
    result = evaluate(compiled(expression, scope, version), bound(given, version))
    return isinstance(result, Value) and result.value is True


@dataclass
class Subject:
    """The entry that questions are about. `sample` has the claims that a shown token should have if possible."""

    model: JWTAuthenticator
    version: KubernetesVersion
    sample: Mapping[str, Any] = field(default_factory=dict)
    steps: int = STEPS
    tokens: TokenModel = field(init=False)
    authenticator: Authenticator = field(init=False)

    def __post_init__(self) -> None:
        provider = provider_of(self.model.issuer.url)
        self.tokens = model_of(provider)
        self.authenticator = Authenticator(AuthenticationConfiguration("", (self.model,)), self.version)
        audience = self.model.issuer.audiences[0] if self.model.issuer.audiences else ""
        usual = self.sample or provider.example
        self.sample = {**usual, "iss": self.model.issuer.url, "aud": audience}

    def outcome(self, claims: Mapping[str, Any]) -> Outcome:
        """What becomes of a token with these claims, at any time."""
        return self.authenticator.authenticate(json.dumps(claims))

    def user(self, claims: Mapping[str, Any]) -> UserInfo | None:
        """The user that a token with these claims becomes; None if it is refused."""
        outcome = self.outcome(claims)
        return outcome.user if isinstance(outcome, Authenticated) else None

    def satisfies(self, question: Question, claims: Mapping[str, Any], user: UserInfo) -> bool:
        """Whether the question's conditions are true, by the exact evaluator."""
        over_claims = (is_true(text, Scope.CLAIMS, claims, self.version) for text in question.claims)
        over_user = (is_true(text, Scope.USER, user, self.version) for text in question.user)
        unless = (is_true(text, Scope.CLAIMS, claims, self.version) for text in question.unless)
        return all(over_claims) and all(over_user) and not any(unless)


@dataclass
class Side:
    """One token of a question, the entry that it is for, and the relations between claims that are constraints."""

    subject: Subject
    entry: SymbolicEntry
    added: list[Relation] = field(default_factory=list)
    wishes: list[Term] = field(default_factory=list)

    @property
    def token(self) -> Token:
        """The token's variables."""
        return self.entry.token

    def add(self, relations: list[Relation]) -> bool:
        """Adds one of the relations as a constraint, one about known claims if possible; False if none is new."""
        new = [relation for relation in relations if relation not in self.added]
        if not new:
            return False
        known = self.token.variables
        relation = min(new, key=lambda each: sum((claim,) not in known for claim in claims_of(each)))
        term, wishes = constraint(self.token, relation, self.subject.sample)
        self.entry.script.require(term)
        self.wishes += wishes
        self.added.append(relation)
        return True

    def as_in_sample(self) -> list[Term]:
        """Whether each claim is as in the sample."""
        same = [as_in(self.token, place, self.subject.sample) for place in self.token.variables]
        return [term for term in same if not term.is_constant]

    def claims(self, values: Mapping[str, object]) -> list[Claims]:
        """The claims of a solution, with those that follow: all of them, or those that the question leaves open."""
        tokens, sample = self.subject.tokens, self.subject.sample
        claims = build(self.token, values, sample)
        asked = {place[0] for place in self.token.variables}
        derived = {relation.claim for relation in tokens.relations}
        return [completed(tokens, claims, each, sample) for each in (asked - derived, asked)]


@dataclass
class Problem:
    """The constraints of a question about one token or two; `assumed` are more hints."""

    sides: tuple[Side, ...]
    assumed: list[Term] = field(default_factory=list)
    blocked: list[Term] = field(default_factory=list)

    @property
    def script(self) -> str:
        """The constraints."""
        return "".join((*self.sides[0].entry.script.lines, *(f"(assert {term})" for term in self.blocked)))

    @property
    def hints(self) -> list[Term]:
        """Assumptions that leave nothing unknown where it can be avoided."""
        return [*self.sides[0].entry.script.exact, *self.assumed]

    @property
    def wanted(self) -> list[str]:
        """The terms whose values make up the tokens."""
        return [text for side in self.sides for text in wanted(side.token)]

    @property
    def unexpressed(self) -> list[str]:
        """The expressions that are beyond the solver."""
        return list(dict.fromkeys(text for side in self.sides for text in side.entry.unexpressed))

    def tokens(self, values: Mapping[str, object]) -> Iterator[tuple[Claims, ...]]:
        """The claims of each token of a solution, in the ways in which other claims can follow from them."""
        yield from product(*(side.claims(values) for side in self.sides))

    def refine(self, tokens: tuple[Claims, ...]) -> bool:
        """Adds a relation that one of the tokens breaks; False if there is none."""
        pairs = zip(self.sides, tokens, strict=True)
        return any(side.add(side.subject.tokens.broken(claims)) for side, claims in pairs)

    def block(self, values: Mapping[str, object]) -> None:
        """Excludes a solution."""
        self.blocked.append(not_(and_(*(term for side in self.sides for term in fixed(side.token, values)))))


def side(
    script: Script,
    subject: Subject,
    question: Question,
    *,
    name: str = "",
    others: int = 0,
    issuer: Issuer | None = None,
) -> Side:
    """A token for the entry with the question's conditions; it is not required to be accepted yet.

    `others` is how many elements of a list other conditions ask about. `issuer` is set if it isn't the entry's own.
    """
    model = IssuerModel(subject.tokens, issuer or subject.model.issuer)
    asked = [*expressions(subject.model), *question.conditions]
    needed = witnesses_needed(asked, subject.version) + _RESERVED + others
    token = Token(
        script,
        model.claim,
        numbers=DOUBLE if subject.version.has(Difference.CLAIMS_BOUND_LAZILY) else INT,
        name=name,
        witnesses=min(needed, _MOST_WITNESSES),
        witnessed=needed <= _MOST_WITNESSES,
        related=model.related,
    )
    entry = SymbolicEntry(subject.model, subject.version, script, token, name, {})
    for text in question.claims:
        entry.require(entry.holds(text, Scope.CLAIMS))
    for text in question.user:
        entry.require(entry.holds(text, Scope.USER))
    for text in question.unless:
        entry.require(not_(entry.holds(text, Scope.CLAIMS)))
    return Side(subject, entry)
