"""What a provider's tokens can look like, from its file: the format of each claim, who controls it, and relations.

A model must accept every real token: what is proved about all tokens is proved about the tokens of the model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from itertools import chain
from typing import Any, Final

from kube_oidc.providers.provider import Provider

_PLACEHOLDER: Final = re.compile(r"\{([^{}]+)\}")
_JSON: Final = {"string": str, "boolean": bool, "list": list, "map": dict, "number": (int, float)}
_SUBJECT: Final = "sub"
# Variable of a subject's template → option of `trust` whose claim has it.
_OPTIONS: Final = {
    "repository": "repositories",
    "owner": "owners",
    "name": "names",
    "ownerId": "ownerIds",
    "repositoryId": "repositoryIds",
    "ref": "refs",
    "environment": "environments",
}
_OWN: Final = {
    "refName": "ref",
    "refType": "ref_type",
}  # variables that are claims of every provider that has them
_PRESENT: Final = r"[\s\S]+"
_NO_PARTS: Final[Mapping[str, str]] = {}


class Controller(StrEnum):
    """Who chooses a claim's value (schema.json: claims.controlledBy)."""

    ISSUER = "issuer"
    OWNER = "owner"
    PUSH = "push"
    PULL_REQUEST = "pullRequest"
    REGISTRATION = "registration"
    ANYONE = "anyone"


@dataclass(frozen=True, slots=True)
class ClaimModel:
    """One claim; no `types` means any.

    `pattern` is a regular expression for the whole text, or for each element of a list; empty: any text. `unique`: no
    two accounts have the same value.
    """

    types: tuple[str, ...]
    pattern: str
    optional: bool
    controller: Controller
    unique: bool = False


@dataclass(frozen=True, slots=True)
class Hole:
    """A placeholder of a template: the text of a claim, or any text that matches `pattern`.

    `is_shared`: it is no claim, but part of several, with the same text in all of them.
    """

    name: str
    is_claim: bool
    pattern: str
    is_shared: bool = False


Template = tuple[str | Hole, ...]


@dataclass(frozen=True, slots=True)
class Relation:
    """`claim` is present and equals one of the templates, whose claims are present too.

    That holds if every claim of `when` is present and matches its pattern (None: is absent), and no claim of `unless`
    does.
    """

    claim: str
    templates: tuple[Template, ...]
    when: Mapping[str, str | None] = field(default_factory=dict)
    unless: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TokenModel:
    """The tokens of an issuer. Claims that are not in `claims` can have any value if `has_other_claims`."""

    claims: Mapping[str, ClaimModel]
    relations: tuple[Relation, ...]
    has_other_claims: bool
    claim_prefixes: tuple[str, ...] = ()

    def differences(self, claims: Mapping[str, Any]) -> Iterator[str]:
        """Yields how a token differs from the model; nothing if the issuer can sign it."""
        for name, known in self.claims.items():
            if name in claims:
                yield from _of_value(name, known, claims[name])
            elif not known.optional:
                yield f"{name} is missing"
        if not self.has_other_claims:
            others = (name for name in claims if name not in self.claims)
            yield from (f"{name} is unknown" for name in others if not name.startswith(self.claim_prefixes))
        yield from (f"{relation.claim} is {claims.get(relation.claim)!r}" for relation in self.broken(claims))

    def broken(self, claims: Mapping[str, Any]) -> list[Relation]:
        """Returns the relations that the claims don't fulfil: each by itself, or those whose shared parts differ."""
        applying = [relation for relation in self.relations if applies(relation, claims)]
        wrong = [relation for relation in applying if not holds(relation, claims)]
        if wrong:
            return wrong
        parts: dict[str, str] = {}
        for relation in applying:
            if not holds(relation, claims, parts):
                return [each for each in applying if any(map(_has_shared, each.templates))]
            parts |= shared_parts(relation, claims)
        return []

    def readings(self, claim: str, text: str) -> Iterator[dict[str, str]] | None:
        """Yields the claims that a text is made of, for each template of this claim that it can be made with.

        None if no relation says what the claim is made of.
        """
        templates = [
            one for relation in self.relations if relation.claim == claim for one in relation.templates
        ]
        if not templates:
            return None
        found = (self._reading(template, text) for template in templates)
        return (reading for reading in found if reading is not None)

    def _reading(self, template: Template, text: str) -> dict[str, str] | None:
        pattern, names = "", []
        for part in template:
            if isinstance(part, str):
                pattern += re.escape(part)
            elif part.is_claim:
                own = _without_groups(self.claims[part.name].pattern)
                pattern += f"({own or _PRESENT})"
                names.append(part.name)
            else:
                pattern += f"(?:{part.pattern or _PRESENT})"
        match = re.fullmatch(pattern, text)
        return dict(zip(names, match.groups(), strict=False)) if match is not None else None

    def repaired(self, claims: Mapping[str, Any]) -> dict[str, Any]:
        """Returns the claims with those corrected that depend on others, as far as one token's claims tell."""
        fixed = dict(claims)
        parts: dict[str, str] = {}
        for relation in (*self.relations, *self.relations):  # some depend on a corrected one
            if not applies(relation, fixed):
                continue
            if holds(relation, fixed, parts):
                parts |= shared_parts(relation, fixed)
            else:
                texts = [
                    _filled(one, str(fixed.get(relation.claim, "")), fixed, parts)
                    for one in relation.templates
                ]
                known = [text for text in texts if text is not None]
                fixed |= {relation.claim: known[-1]} if known else {}
        return fixed


_PROFILE: Final = (
    *("name", "given_name", "family_name", "middle_name", "nickname", "profile"),
    *("picture", "website", "locale", "zoneinfo"),
)
_SESSION: Final = (
    *("acr", "amr", "at_hash", "auth_time", "azp", "c_hash"),
    *("nonce", "s_hash", "session_state", "sid", "typ"),
)
# OpenID Connect Core 1.0, 5.1. People write email_verified as text too, and any claim can be mapped from an attribute.
_PEOPLE: Final[dict[str, ClaimModel]] = {
    "sub": ClaimModel(("string",), r"[\s\S]+", optional=False, controller=Controller.ISSUER, unique=True),
    "email": ClaimModel(("string",), "", optional=True, controller=Controller.REGISTRATION),
    "email_verified": ClaimModel(("boolean", "string"), "", optional=True, controller=Controller.ISSUER),
    "preferred_username": ClaimModel(
        ("string",), "", optional=True, controller=Controller.REGISTRATION, unique=True
    ),
    "groups": ClaimModel(("list", "string"), "", optional=True, controller=Controller.OWNER),
    **{
        name: ClaimModel(("string",), "", optional=True, controller=Controller.REGISTRATION)
        for name in _PROFILE
    },
    **{name: ClaimModel((), "", optional=True, controller=Controller.ISSUER) for name in _SESSION},
}
_REGISTERED: Final = {
    "iss": ClaimModel(("string",), "", optional=False, controller=Controller.ISSUER),
    "aud": ClaimModel(("string", "list"), "", optional=False, controller=Controller.ANYONE),
    "exp": ClaimModel(("number",), "", optional=False, controller=Controller.ISSUER),
    "iat": ClaimModel(("number",), "", optional=True, controller=Controller.ISSUER),
    "nbf": ClaimModel(("number",), "", optional=True, controller=Controller.ISSUER),
    "jti": ClaimModel(("string",), "", optional=True, controller=Controller.ISSUER),
}


def model_of(provider: Provider) -> TokenModel:
    """The tokens of this provider; an issuer of people without a provider file can have any claim."""
    known = _MODELS.get(id(provider.facts))  # the facts of a file are the same object, and stay in memory
    if known is None or known[0] is not provider.facts:
        known = _MODELS[id(provider.facts)] = provider.facts, _model_of(provider)
    return known[1]


_MODELS: Final[dict[int, tuple[Mapping[str, Any], TokenModel]]] = {}


def _model_of(provider: Provider) -> TokenModel:
    known = {name: _claim(provider, facts) for name, facts in provider.claims.items()}
    others = {} if provider.is_ci else {name: claim for name, claim in _PEOPLE.items() if name not in known}
    relations = (*map(_relation(provider), provider.facts.get("relations", ())), *_subjects(provider))
    return TokenModel(
        {**_REGISTERED, **others, **known},
        _with_shared_parts(relations),
        has_other_claims=provider.has_custom_claims,
        claim_prefixes=tuple(provider.facts.get("claimPrefixes", ())),
    )


def _claim(provider: Provider, facts: Mapping[str, Any]) -> ClaimModel:
    types = (facts["type"], *facts.get("otherTypes", ()))
    pattern = (
        _escaped(facts["constant"]) if "constant" in facts else _format(provider, facts.get("format", ""))
    )
    return ClaimModel(
        types, pattern, facts["optional"], Controller(facts["controlledBy"]), facts.get("unique", False)
    )


def _escaped(text: str) -> str:
    return re.escape(text)


def _format(provider: Provider, name: str) -> str:
    return str(provider.facts.get("formats", {}).get(name, ""))


def _relation(provider: Provider) -> Any:
    def read(facts: Mapping[str, Any]) -> Relation:
        templates = tuple(_template(provider, text) for text in facts["templates"])
        return Relation(facts["claim"], templates, facts.get("when", {}), facts.get("unless", {}))

    return read


def _template(provider: Provider, text: str, named: Mapping[str, str] | None = None) -> Template:
    """The parts of a template; `named` maps its variables to claims."""
    parts: list[str | Hole] = []
    for position, part in enumerate(_PLACEHOLDER.split(text)):
        if position % 2:
            claim = (named or {}).get(part, part)
            parts.append(Hole(claim, claim in provider.claims, _format(provider, claim)))
        elif part:
            parts.append(part)
    return tuple(parts)


def _with_shared_parts(relations: tuple[Relation, ...]) -> tuple[Relation, ...]:
    """The relations, in which the parts that templates of several claims name are shared."""
    claims: dict[str, set[str]] = {}
    for relation in relations:
        for hole in chain.from_iterable(map(_free, relation.templates)):
            claims.setdefault(hole.name, set()).add(relation.claim)
    shared = {name for name, where in claims.items() if len(where) > 1}

    def marked(part: str | Hole) -> str | Hole:
        return part if isinstance(part, str) else replace(part, is_shared=part.name in shared)

    return tuple(
        replace(each, templates=tuple(tuple(map(marked, one)) for one in each.templates))
        for each in relations
    )


@cache
def _free(template: Template) -> list[Hole]:
    return [part for part in template if not isinstance(part, str) and not part.is_claim]


@cache
def _has_shared(template: Template) -> bool:
    return any(hole.is_shared for hole in _free(template))


def _subjects(provider: Provider) -> Iterator[Relation]:
    """The relations of `sub`: a job has the first format that applies, of its environment, its event, or its ref."""
    environment, event = provider.trust.get("environments"), provider.event_claim
    named = {
        variable: provider.trust[option] for variable, option in _OPTIONS.items() if option in provider.trust
    }
    named |= {variable: claim for variable, claim in _OWN.items() if claim in provider.claims}
    forms: dict[tuple[str, str], list[Template]] = {}
    for facts in provider.subjects:
        key = facts["selector"], facts.get("event", "")
        forms.setdefault(key, []).append(_template(provider, facts["template"], named))
    own = "|".join(re.escape(name) for selector, name in forms if selector == "event")
    has_environments = any(selector == "environment" for selector, _ in forms)
    absent: dict[str, str | None] = {environment: None} if environment and has_environments else {}
    for (selector, name), templates in forms.items():
        if selector == "environment" and environment:
            yield Relation(_SUBJECT, tuple(templates), {environment: _PRESENT})
        elif selector == "event":
            yield Relation(_SUBJECT, tuple(templates), {event: re.escape(name), **absent})
        else:
            yield Relation(_SUBJECT, tuple(templates), absent, {event: own} if own else {})


def _of_value(name: str, known: ClaimModel, value: Any) -> Iterator[str]:
    kinds = [kind for kind in known.types if _is(value, kind)]
    if known.types and not kinds:
        yield f"{name} is {value!r}, not a {' or '.join(known.types)}"
    for text in value if isinstance(value, list) else [value]:
        if isinstance(text, str) and known.pattern and not _matches(known.pattern, text):
            yield f"{name} is {text!r}, which doesn't match {known.pattern}"


def _is(value: Any, kind: str) -> bool:
    return isinstance(value, _JSON[kind]) and (kind == "boolean") == isinstance(value, bool)  # type: ignore[arg-type]


def applies(relation: Relation, claims: Mapping[str, Any]) -> bool:
    """Whether the relation says something about a token with these claims."""
    wanted = (
        name not in claims if pattern is None else _has(claims, name, pattern)
        for name, pattern in relation.when.items()
    )
    return all(wanted) and not any(_has(claims, name, each) for name, each in relation.unless.items())


def holds(relation: Relation, claims: Mapping[str, Any], parts: Mapping[str, str] = _NO_PARTS) -> bool:
    """Whether the relation's claim is one of its templates, with the shared `parts` that are known."""
    text = claims.get(relation.claim)
    return isinstance(text, str) and any(
        _match(each, text, claims, parts) is not None for each in relation.templates
    )


def shared_parts(relation: Relation, claims: Mapping[str, Any]) -> dict[str, str]:
    """Returns the shared part that the relation's claim has; empty unless it can be only one text."""
    if not any(map(_has_shared, relation.templates)):
        return {}
    found = [
        (template, match)
        for template in relation.templates
        if isinstance(text := claims.get(relation.claim), str)
        and (match := _match(template, text, claims)) is not None
    ]
    if len(found) != 1:
        return {}
    [(template, match)] = found
    holes = _free(template)
    return {holes[0].name: match[0]} if len(holes) == 1 and holes[0].is_shared else {}


def _match(
    template: Template, text: str, claims: Mapping[str, Any], parts: Mapping[str, str] = _NO_PARTS
) -> tuple[str, ...] | None:
    """The texts of the parts that are neither a claim nor known, if the template can make this text."""
    pieces: list[str | Hole] = [""]
    for part in template:
        known = part if isinstance(part, str) else claims.get(part.name) if part.is_claim else None
        if isinstance(part, Hole) and part.is_shared:
            known = parts.get(part.name)
        if isinstance(known, str):
            pieces[-1] += known  # type: ignore[operator] # every other piece is a text
        elif isinstance(part, str) or part.is_claim:
            return None
        else:
            pieces += [part, ""]
    before, after = str(pieces[0]), str(pieces[-1])
    if len(pieces) == 1:
        return () if text == before else None
    if not (text.startswith(before) and text.endswith(after) and len(before) + len(after) <= len(text)):
        return None
    pattern = "".join(
        re.escape(piece) if isinstance(piece, str) else f"({_without_groups(piece.pattern) or _PRESENT})"
        for piece in pieces[1:-1]
    )
    found = _compiled(pattern).match(text[len(before) : len(text) - len(after)])
    return found.groups() if found is not None else None


def _filled(
    template: Template, before: str, claims: Mapping[str, Any], parts: Mapping[str, str]
) -> str | None:
    """The template's text; what is no claim is a known part or from the text before. None if that doesn't fit."""
    pattern = ""
    for part in template:
        if isinstance(part, str):
            pattern += re.escape(part)
        else:
            pattern += f"(?:{_PRESENT})" if part.is_claim else f"(?P<{part.name}>{part.pattern or _PRESENT})"
    holes = [part for part in template if not isinstance(part, str)]
    found = re.fullmatch(pattern, before)
    if any(not isinstance(claims.get(part.name), str) if part.is_claim else found is None for part in holes):
        return None
    return "".join(
        part
        if isinstance(part, str)
        else claims[part.name]
        if part.is_claim
        else parts.get(part.name, found[part.name])  # type: ignore[index]
        for part in template
    )


def _has(claims: Mapping[str, Any], name: str, pattern: str) -> bool:
    value = claims.get(name)
    return isinstance(value, str) and _matches(pattern, value)


@cache
def _without_groups(pattern: str) -> str:
    return re.sub(r"(?<!\\)\((?!\?)", "(?:", pattern)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(f"(?:{pattern})\\Z")


def _matches(pattern: str, text: str) -> bool:
    return _compiled(pattern).match(text) is not None
