"""From a solution to a token's claims, close to a sample token where the constraints allow it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any, Final, TypeAlias

from kube_oidc.proof import regex
from kube_oidc.proof.claims import Place, Token, Variable
from kube_oidc.proof.solver import Sat, Unsat, solve
from kube_oidc.proof.terms import FALSE, Term, and_, equal, integer, not_, string
from kube_oidc.proof.values import BOOL, DOUBLE, INT, LIST, MAP, NULL, STRING, ListValue, real, term_of

_MOST_ELEMENTS: Final = 1_000
_ABSENT: Final = object()
_READABLE: Final = (
    "mallory|mallory/site|(?:refs/heads/)?release|999|mallory@example.net",
    "[0-9A-Za-z][0-9A-Za-z./:@_-]*",
)
_MOST_DROPPED: Final = 24
_MOST_LOOKS: Final = 4
_STEPS_FOR_LOOKS: Final = 6_000
_STEPS_FOR_CLOSENESS: Final = 30_000
Values: TypeAlias = Mapping[str, object]


def wanted(token: Token) -> list[str]:
    """The terms whose values make up the token."""
    found: dict[str, None] = {}
    for variable in token.variables.values():
        found |= dict.fromkeys(term.text for term in _terms(variable))
    return list(found)


def _terms(variable: Variable) -> Iterator[Term]:
    yield variable.present
    yield from variable.kinds.values()
    yield from variable.texts.values()
    for items in (each for each in (variable.items, variable.keys) if each is not None):
        yield items.more
        for guard, value in items.elements:
            yield guard
            yield from (each for each, _ in value.values())
            yield term_of(value, STRING, FALSE)


def build(token: Token, values: Mapping[str, object], sample: Mapping[str, Any]) -> dict[str, Any]:
    """The claims: those of the sample, with the variables' values in their places."""
    claims: dict[str, Any] = dict(sample)
    for place in sorted(token.variables, key=len):
        value = _value(token.variables[place], values)
        inside: Any = claims
        for step in place[:-1]:
            inside = inside.get(step) if isinstance(inside, dict) else None
        if not isinstance(inside, dict):
            continue
        if value is _ABSENT:
            inside.pop(place[-1], None)
        else:
            inside[place[-1]] = value
    return claims


def _value(variable: Variable, values: Mapping[str, object]) -> Any:
    if not values[variable.present.text]:
        return _ABSENT
    for kind, guard in variable.kinds.items():
        if values[guard.text]:
            return _of_kind(kind, variable, values)
    return None


def _of_kind(kind: str, variable: Variable, values: Mapping[str, object]) -> Any:
    if kind == MAP:
        return {} if variable.keys is None else dict.fromkeys(_elements(variable.keys, values))
    if kind == LIST:
        assert variable.items is not None
        return _elements(variable.items, values)
    return None if kind == NULL else values[variable.texts[kind].text]


def _elements(items: ListValue, values: Mapping[str, object]) -> list[Any]:
    found: list[Any] = []
    for guard, value in items.elements:
        if values[guard.text]:
            is_text = values[value[STRING][0].text]
            found.append(values[term_of(value, STRING, FALSE).text] if is_text else 0)
    more = values[items.more.text]
    assert isinstance(more, int)
    return found + found[-1:] * min(more, _MOST_ELEMENTS)


def fixed(token: Token, values: Mapping[str, object]) -> list[Term]:
    """The variables' values as constraints."""
    terms = {term.text: term for variable in token.variables.values() for term in _terms(variable)}
    return [
        equal(term, _constant(term, values[text])) for text, term in terms.items() if not term.is_constant
    ]


def _constant(term: Term, value: object) -> Term:
    if isinstance(value, bool):
        return Term("Bool", "true" if value else "false", value)
    if isinstance(value, str):
        return string(value)
    if term.sort == "Int" and isinstance(value, int):
        return integer(value)
    assert isinstance(value, int | float)
    return real(float(value))


def closest(
    script: str, tokens: Sequence[tuple[Token, Mapping[str, Any]]], hints: list[Term], given: Set[str]
) -> Values | None:
    """A solution in which as many claims as possible are those of each token's sample; None if none is found.

    Of wishes that exclude each other the last one is dropped, so those for claims in the question come last.
    The `given` claims follow from others.
    """
    asked = list(dict.fromkeys(text for token, _ in tokens for text in wanted(token)))
    wishes = [
        (variable, as_in(token, place, sample))
        for token, sample in tokens
        for place, variable in token.variables.items()
        if place[0] not in given
    ]
    possible = [wish for _, wish in wishes if wish.value is not False]
    fulfilled, values = _most(script, asked, [*hints, *possible])
    if values is None:
        return None
    texts = [variable.texts.get(STRING) for variable, wish in wishes if wish not in fulfilled]
    for text in [each for each in texts if each is not None][:_MOST_LOOKS]:
        for form in _READABLE:
            wish = regex.in_language(text, regex.whole(form))
            answer = solve(script, asked, _STEPS_FOR_LOOKS, [*fulfilled, wish])
            if isinstance(answer, Sat):
                fulfilled, values = [*fulfilled, wish], answer.values
                break
    return values


def _most(script: str, asked: Sequence[str], wishes: list[Term]) -> tuple[list[Term], Values | None]:
    """Drops one wish after the other until there is a solution: the wishes that are left, and the solution."""
    for _ in range(_MOST_DROPPED):
        answer = solve(script, asked, _STEPS_FOR_CLOSENESS, wishes)
        if isinstance(answer, Sat):
            return wishes, answer.values
        if not isinstance(answer, Unsat) or not answer.conflict:
            return wishes, None
        dropped = max(answer.conflict)
        wishes = [wish for number, wish in enumerate(wishes) if number != dropped]
    return wishes, None


def as_in(token: Token, place: Place, sample: Mapping[str, Any]) -> Term:
    """Whether the claim is as in the sample."""
    variable = token.variables[place]
    value: Any = sample
    for step in place:
        value = value.get(step, _ABSENT) if isinstance(value, Mapping) else _ABSENT
    if value is _ABSENT:
        return not_(variable.present)
    return and_(variable.present, _has_value(variable, value))


def _has_value(variable: Variable, value: Any) -> Term:
    kinds, texts = variable.kinds, variable.texts
    match value:
        case bool() if BOOL in kinds:
            return and_(kinds[BOOL], equal(texts[BOOL], _constant(texts[BOOL], value)))
        case str() if STRING in kinds:
            return and_(kinds[STRING], equal(texts[STRING], string(value)))
        case int() if INT in kinds:
            return and_(kinds[INT], equal(texts[INT], _constant(texts[INT], value)))
        case int() | float() if DOUBLE in kinds:
            return _is_number(kinds[DOUBLE], texts[DOUBLE], value)
        case list() if LIST in kinds and variable.items is not None:
            return and_(kinds[LIST], _has_elements(variable.items, value))
        case dict() if MAP in kinds:
            return kinds[MAP]
    return FALSE


def _is_number(guard: Term, number: Term, value: float) -> Term:
    if number.sort == "Int" and value != int(value):
        return FALSE
    return and_(guard, equal(number, _constant(number, int(value) if number.sort == "Int" else value)))


def _has_elements(items: ListValue, values: list[Any]) -> Term:
    if len(values) > len(items.elements) or not all(isinstance(value, str) for value in values):
        return FALSE
    same = [equal(items.more, integer(0))]
    for position, (guard, value) in enumerate(items.elements):
        if position >= len(values):
            same.append(not_(guard))
            continue
        same += [guard, value[STRING][0], equal(term_of(value, STRING, FALSE), string(values[position]))]
    return and_(*same)
