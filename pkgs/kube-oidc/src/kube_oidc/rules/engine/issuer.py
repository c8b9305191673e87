"""An issuer of the configuration (an entry of `jwt`), and what becomes of tokens there.

Every proof goes through `kube_oidc.authn.authenticate`, which agrees with the API server.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from kube_oidc.authn.authenticate import Authenticated, Authenticator, Outcome, Undecided
from kube_oidc.field import FieldPath
from kube_oidc.model import (
    AuthenticationConfiguration,
    JWTAuthenticator,
    PrefixedClaimOrExpression,
    UserInfo,
)
from kube_oidc.providers.model import TokenModel, model_of
from kube_oidc.providers.provider import Provider, provider_of
from kube_oidc.rules.engine.budget import TokenBudget
from kube_oidc.rules.engine.facts import Facts, Place
from kube_oidc.verdict.cel.scope import Scope
from kube_oidc.verdict.versions import KubernetesVersion

Claims = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression of the file, with its path and the facts about it."""

    path: FieldPath
    text: str
    facts: Facts


class Search(Protocol):
    """Finds the claims of a token that the issuer accepts."""

    def __call__(self, entry: IssuerUnderReview, /) -> Claims | None: ...


@dataclass
class IssuerUnderReview:
    """An entry of `jwt`; `search` finds its sample token."""

    position: int
    model: JWTAuthenticator
    version: KubernetesVersion
    search: Search
    budget: TokenBudget = field(default_factory=TokenBudget)
    reported: set[str] = field(default_factory=set)  # ids of findings on this issuer so far
    answers: dict[Any, Any] = field(default_factory=dict)  # to questions about all tokens
    undecided: dict[str, str] = field(default_factory=dict)  # attacker → why nothing is known about them

    @property
    def path(self) -> FieldPath:
        """Returns `jwt[0]`."""
        return FieldPath(("jwt", self.position))

    @cached_property
    def provider(self) -> Provider:
        """Returns the provider of the issuer URL."""
        return provider_of(self.model.issuer.url)

    @cached_property
    def authenticator(self) -> Authenticator:
        """Returns an authenticator with only this issuer."""
        return Authenticator(AuthenticationConfiguration("", (self.model,)), self.version)

    def outcome(self, claims: Mapping[str, Any]) -> Outcome:
        """Returns what becomes of a token with these claims, at any time; undecided if the budget is spent."""
        payload = json.dumps(claims)
        known = self._outcomes.get(payload)
        if known is not None:  # many rules try the same token
            return known
        if self.budget.spent:
            return Undecided("too many tokens, or too expensive expressions", ())
        with self.budget.charged(self.authenticator):
            outcome = self._outcomes[payload] = self.authenticator.authenticate(payload)
        return outcome

    @cached_property
    def _outcomes(self) -> dict[str, Outcome]:
        return {}

    def user(self, claims: Mapping[str, Any]) -> UserInfo | None:
        """Returns the user that a token with these claims becomes; None if it is refused."""
        outcome = self.outcome(claims)
        return outcome.user if isinstance(outcome, Authenticated) else None

    def becomes(self, claims: Mapping[str, Any], wanted: Callable[[UserInfo], bool]) -> bool:
        """Does a token with these claims become a user that `wanted` accepts? Checks that before the rules."""
        if self.budget.spent:
            return False
        with self.budget.charged(self.authenticator):
            user = self.authenticator.mapped(json.dumps(claims))
        return user is not None and wanted(user) and self.user(claims) is not None

    @cached_property
    def sample_claims(self) -> Claims | None:
        """Returns the claims of a token that this issuer accepts; None if none was found."""
        return self.search(self)

    @cached_property
    def rules(self) -> tuple[Expression, ...]:
        """Returns the expressions of claimValidationRules."""
        rules = enumerate(self.model.claim_validation_rules)
        path = self.path.child("claimValidationRules")
        return tuple(self._read((path.index(i).child("expression"), rule.expression) for i, rule in rules))

    @cached_property
    def user_rules(self) -> tuple[Expression, ...]:
        """Returns the expressions of userValidationRules."""
        rules = enumerate(self.model.user_validation_rules)
        path = self.path.child("userValidationRules")
        pairs = ((path.index(i).child("expression"), rule.expression) for i, rule in rules)
        return tuple(self._read(pairs, Scope.USER))

    @cached_property
    def mappings(self) -> dict[str, Expression]:
        """Returns the expressions of claimMappings by field: `username`, `groups`, `uid`, `extra[0]`."""
        return {str(FieldPath(read.path.steps[3:-1])): read for read in self._read(self._mapped())}

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """Returns all expressions over claims."""
        return (*self.mappings.values(), *self.rules)

    def sources(self, name: str) -> tuple[Place, ...]:
        """Returns the claims that `username` or `groups` is made of."""
        mapping: PrefixedClaimOrExpression = getattr(self.model.claim_mappings, name)
        if mapping.claim:
            return ((mapping.claim,),)
        read = self.mappings.get(name)
        return tuple(sorted(read.facts.reads)) if read else ()

    def mapping_path(self, name: str) -> FieldPath:
        """Returns the path of the claim or expression of `username` or `groups`."""
        mapping: PrefixedClaimOrExpression = getattr(self.model.claim_mappings, name)
        return self.path.child("claimMappings", name, "claim" if mapping.claim else "expression")

    def _mapped(self) -> Iterator[tuple[FieldPath, str]]:
        path, mappings = self.path.child("claimMappings"), self.model.claim_mappings
        yield path.child("username", "expression"), mappings.username.expression
        yield path.child("groups", "expression"), mappings.groups.expression
        yield path.child("uid", "expression"), mappings.uid.expression
        for position, extra in enumerate(mappings.extra):
            yield path.child("extra").index(position).child("valueExpression"), extra.value_expression

    def _read(
        self, pairs: Iterator[tuple[FieldPath, str]], scope: Scope = Scope.CLAIMS
    ) -> Iterator[Expression]:
        for path, text in pairs:
            if not text:
                continue
            from kube_oidc.rules.engine.expressions import facts  # noqa: PLC0415 - most files have none

            found = facts(text, self.version, scope)
            if found is not None:
                yield Expression(path, text, found)


def token_model(entry: IssuerUnderReview) -> TokenModel:
    """Returns what this issuer's tokens can look like."""
    return model_of(entry.provider)
