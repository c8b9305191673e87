"""One entry of `jwt` under examination, and what tokens become with it.

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
from kube_oidc.providers.provider import Provider, provider_of
from kube_oidc.rules.engine.budget import TokenBudget
from kube_oidc.rules.engine.facts import Facts, Place
from kube_oidc.verdict.cel.scope import Scope
from kube_oidc.verdict.versions import KubernetesVersion

Claims = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression of the file: where it stands, and what it says."""

    path: FieldPath
    text: str
    facts: Facts


class Search(Protocol):
    """Looks for the claims of a token that the entry accepts."""

    def __call__(self, entry: IssuerUnderReview, /) -> Claims | None: ...


@dataclass
class IssuerUnderReview:
    """One entry of `jwt`; `search` is how its ordinary token is found."""

    position: int
    model: JWTAuthenticator
    version: KubernetesVersion
    search: Search
    budget: TokenBudget = field(default_factory=TokenBudget)

    @property
    def path(self) -> FieldPath:
        """`jwt[0]`."""
        return FieldPath(("jwt", self.position))

    @cached_property
    def provider(self) -> Provider:
        """Who issues these tokens."""
        return provider_of(self.model.issuer.url)

    @cached_property
    def authenticator(self) -> Authenticator:
        """This entry alone, as the API server has it."""
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
        """The user that a token with these claims becomes, None where it becomes none."""
        outcome = self.outcome(claims)
        return outcome.user if isinstance(outcome, Authenticated) else None

    def becomes(self, claims: Mapping[str, Any], wanted: Callable[[UserInfo], bool]) -> bool:
        """Does a token with these claims become a user for whom `wanted` holds? If not, no rule needs to be asked."""
        if self.budget.spent:
            return False
        with self.budget.charged(self.authenticator):
            user = self.authenticator.mapped(json.dumps(claims))
        return user is not None and wanted(user) and self.user(claims) is not None

    @cached_property
    def sample_claims(self) -> Claims | None:
        """The claims of a token that this entry accepts; None where none was found."""
        return self.search(self)

    @cached_property
    def rules(self) -> tuple[Expression, ...]:
        """The expressions of claimValidationRules."""
        rules = enumerate(self.model.claim_validation_rules)
        path = self.path.child("claimValidationRules")
        return tuple(self._read((path.index(i).child("expression"), rule.expression) for i, rule in rules))

    @cached_property
    def user_rules(self) -> tuple[Expression, ...]:
        """The expressions of userValidationRules."""
        rules = enumerate(self.model.user_validation_rules)
        path = self.path.child("userValidationRules")
        pairs = ((path.index(i).child("expression"), rule.expression) for i, rule in rules)
        return tuple(self._read(pairs, Scope.USER))

    @cached_property
    def mappings(self) -> dict[str, Expression]:
        """The expressions of claimMappings by their field: `username`, `groups`, `uid`, `extra[0]`."""
        return {str(FieldPath(read.path.steps[3:-1])): read for read in self._read(self._mapped())}

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """All that read claims."""
        return (*self.mappings.values(), *self.rules)

    def sources(self, name: str) -> tuple[Place, ...]:
        """The claims that `username` or `groups` is made of."""
        mapping: PrefixedClaimOrExpression = getattr(self.model.claim_mappings, name)
        if mapping.claim:
            return ((mapping.claim,),)
        read = self.mappings.get(name)
        return tuple(sorted(read.facts.reads)) if read else ()

    def mapping_path(self, name: str) -> FieldPath:
        """Where `username` or `groups` is made."""
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
