"""What an issuer's tokens can contain (`providers/model.py`), as constraints on a token's claims."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from kube_oidc.model import Issuer
from kube_oidc.proof import regex
from kube_oidc.proof.claims import ClaimModel, Place, Token
from kube_oidc.proof.completion import holes_of
from kube_oidc.proof.terms import Term, and_, concat, equal, implies, not_, or_, string
from kube_oidc.proof.values import BOOL, DOUBLE, LIST, MAP, STRING, ListValue, guard_of, term_of
from kube_oidc.providers.model import Relation, Template, TokenModel

_KINDS: Final = {"string": STRING, "boolean": BOOL, "number": DOUBLE, "list": LIST, "map": MAP}
_TIMES: Final = ("exp", "iat", "nbf")


@dataclass(frozen=True, slots=True)
class IssuerModel:
    """The claims that tokens of one entry's issuer can have."""

    model: TokenModel
    issuer: Issuer

    def claim(self, place: Place) -> ClaimModel:
        """What can be at this place; anything where nothing is known."""
        name = place[0]
        if place == ("iss",):
            return ClaimModel((STRING,), optional=False, values=(self.issuer.url,))
        if place == ("aud",):
            return ClaimModel((STRING, LIST), optional=False)
        known = self.model.claims.get(name) if len(place) == 1 else None
        if known is not None and known.types:
            kinds = tuple(_KINDS[each] for each in known.types)
            whole, mixed = name in _TIMES, not known.pattern
            return ClaimModel(kinds, known.optional, known.pattern, known.pattern, whole, mixed=mixed)
        has_any = known is not None or len(place) > 1 or self.model.has_other_claims
        return ClaimModel() if has_any or name.startswith(self.model.claim_prefixes) else ClaimModel(kinds=())

    def related(self, token: Token, place: Place) -> Iterator[Term]:
        """What holds for this claim whatever the question is."""
        if place == ("aud",):
            yield audience(token, self.issuer.audiences)


def audience(token: Token, audiences: Sequence[str]) -> Term:
    """The audience is one of these, or a list that has one of them."""
    language = regex.union([regex.literal(each) for each in audiences])
    value = token.claim(("aud",))[1]
    listed = value[LIST][1]
    assert isinstance(listed, ListValue)
    inside = [
        and_(guard, guard_of(item, STRING), regex.in_language(term_of(item, STRING, string("")), language))
        for guard, item in listed.elements
    ]
    single = and_(guard_of(value, STRING), regex.in_language(token.text(("aud",)), language))
    return or_(single, and_(guard_of(value, LIST), or_(*inside)))


def constraint(token: Token, relation: Relation, sample: Mapping[str, Any]) -> tuple[Term, list[Term]]:
    """If the relation applies, its claim is one of the templates; and wishes for what is no claim, as in the sample."""
    conditions = [
        not_(token.present((claim,))) if pattern is None else _matches(token, claim, pattern)
        for claim, pattern in relation.when.items()
    ]
    conditions += [not_(_matches(token, claim, pattern)) for claim, pattern in relation.unless.items()]
    place = (relation.claim,)
    wishes: list[Term] = []
    options: list[Term] = []
    for template in relation.templates:
        usual = holes_of(template, str(sample.get(relation.claim)), sample)
        option, holes = _built(token, place, template)
        options.append(option)
        wishes += [equal(term, string(usual[name])) for name, term in holes.items()]
    return implies(and_(*conditions), and_(token.is_text(place), or_(*options))), wishes


def _matches(token: Token, claim: str, pattern: str) -> Term:
    text = token.text((claim,))
    return and_(token.is_text((claim,)), regex.in_language(text, regex.whole(pattern)))


def _built(token: Token, place: Place, template: Template) -> tuple[Term, dict[str, Term]]:
    """Whether the claim is the template, and the variables of its holes that are no claims."""
    parts: list[Term] = []
    fine: list[Term] = []
    holes: dict[str, Term] = {}
    for part in template:
        if isinstance(part, str):
            parts.append(string(part))
        elif part.is_claim:
            fine.append(token.is_text((part.name,)))
            parts.append(token.text((part.name,)))
        else:
            known = token.parts.get(part.name) if part.is_shared else None
            holes[part.name] = known or token.script.fresh("String", "part")
            parts.append(holes[part.name])
            if part.is_shared:
                token.parts[part.name] = holes[part.name]
            language = regex.whole(part.pattern) if part.pattern else "(re.+ re.allchar)"
            fine.append(regex.in_language(parts[-1], language))
    return and_(*fine, equal(token.text(place), concat(*parts))), holes
