"""What an issuer's tokens can contain, from its provider's file, as constraints on a token's claims."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from kube_oidc.model import Issuer
from kube_oidc.proof import regex
from kube_oidc.proof.claims import ClaimModel, Place, Token
from kube_oidc.proof.terms import TRUE, Term, and_, concat, equal, implies, not_, or_, string
from kube_oidc.proof.values import BOOL, DOUBLE, LIST, MAP, STRING, ListValue, guard_of, term_of
from kube_oidc.providers.provider import Provider

_KINDS: Final = {"string": STRING, "boolean": BOOL, "number": DOUBLE, "list": LIST, "map": MAP}
_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")
_TIMES: Final = ("exp", "iat", "nbf")


@dataclass(frozen=True, slots=True)
class TokenModel:
    """The claims that tokens of one issuer can have."""

    provider: Provider
    issuer: Issuer

    def claim(self, place: Place) -> ClaimModel:
        """What can be at this place; anything where nothing is known."""
        if place == ("iss",):
            return ClaimModel((STRING,), optional=False, values=(self.issuer.url,))
        if place == ("aud",):
            return ClaimModel((STRING, LIST), optional=False)
        facts = self.provider.claims.get(place[0]) if len(place) == 1 else None
        if facts is None:
            return self._without_facts(place)
        kinds = tuple(_KINDS[name] for name in facts.get("types", (facts["type"],)))
        pattern = str(facts.get("pattern", ""))
        whole = place[0] in _TIMES
        return ClaimModel(
            kinds, bool(facts["optional"]), pattern, pattern, whole, tuple(facts.get("values", ()))
        )

    def _without_facts(self, place: Place) -> ClaimModel:
        if place[0] in _TIMES:
            return ClaimModel((DOUBLE,), optional=place[0] != "exp", whole=True)
        known = len(place) > 1 or self.provider.has_custom_claims or self.provider.carries(place[0])
        return ClaimModel() if known else ClaimModel(kinds=())

    @property
    def relations(self) -> tuple[tuple[str, ...], ...]:
        """Claims that depend on each other, the dependent one first."""
        return tuple(
            (relation["claim"], *relation.get("when", {}), *self._placeholders(relation))
            for relation in self.provider.facts.get("relations", ())
        )

    def _placeholders(self, relation: Mapping[str, Any]) -> Iterator[str]:
        for template in relation["templates"]:
            yield from (name for name in _PLACEHOLDER.findall(template) if name in self.provider.claims)

    def related(self, token: Token, place: Place) -> Iterator[Term]:
        """The constraints between this claim and others."""
        if place == ("aud",):
            yield self._audience(token)
        for relation in self.provider.facts.get("relations", ()):
            if (relation["claim"],) == place:
                yield self._relation(token, relation)

    def _audience(self, token: Token) -> Term:
        """The audience is one of the entry's, or a list that has one of them."""
        options = [regex.literal(audience) for audience in self.issuer.audiences]
        language = regex.union(options)
        value = token.claim(("aud",))[1]
        listed = value[LIST][1]
        assert isinstance(listed, ListValue)
        inside = [
            and_(
                guard, guard_of(item, STRING), regex.in_language(term_of(item, STRING, string("")), language)
            )
            for guard, item in listed.elements
        ]
        single = and_(guard_of(value, STRING), regex.in_language(token.text(("aud",)), language))
        return or_(single, and_(guard_of(value, LIST), or_(*inside)))

    def _relation(self, token: Token, relation: Mapping[str, Any]) -> Term:
        """If the other claims are as in `when`, the claim is one of the templates."""
        condition = TRUE
        for claim, pattern in relation.get("when", {}).items():
            if pattern is None:
                condition = and_(condition, not_(token.present((claim,))))
            else:
                matches = regex.in_language(token.text((claim,)), regex.whole(pattern))
                condition = and_(condition, token.is_text((claim,)), matches)
        place = (relation["claim"],)
        options = [self._template(token, place, template) for template in relation["templates"]]
        return implies(condition, and_(token.is_text(place), or_(*options)))

    def _template(self, token: Token, place: Place, template: str) -> Term:
        parts: list[Term] = []
        fine: list[Term] = []
        for position, piece in enumerate(_PLACEHOLDER.split(template)):
            if not position % 2:
                parts.append(string(piece))
            elif piece in self.provider.claims:
                fine.append(token.is_text((piece,)))
                parts.append(token.text((piece,)))
            else:
                parts.append(token.script.fresh("String", "part"))
                pattern = self.provider.facts.get("parts", {}).get(piece, "")
                fine.append(regex.in_language(parts[-1], regex.whole(pattern) if pattern else regex.ALL))
        return and_(*fine, equal(token.text(place), concat(*parts)))
