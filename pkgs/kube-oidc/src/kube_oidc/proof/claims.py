"""A token's claims as variables: presence, kind and value of each that is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from kube_oidc.proof import regex
from kube_oidc.proof.terms import (
    FALSE,
    TRUE,
    Script,
    Term,
    and_,
    at_least,
    equal,
    implies,
    integer,
    not_,
)
from kube_oidc.proof.values import (
    BOOL,
    DOUBLE,
    INT,
    LIST,
    MAP,
    NONTEXT,
    NULL,
    STRING,
    ListValue,
    Value,
    of,
)
from kube_oidc.verdict.cel.bindings import unescape

Place = tuple[str, ...]
_LARGEST: Final = 1 << 53  # whole numbers up to it are exact in floating point
_ANY: Final = (STRING, BOOL, DOUBLE, LIST, MAP, NULL)


@dataclass(frozen=True, slots=True)
class ClaimModel:
    """What an issuer can put into a claim. `kinds` are JSON's; `language` is a whole-text pattern, "" for any text.

    `element` is the language of a list's elements, `mixed` if they needn't be texts. `whole` numbers are integers
    within floating point's exact range.
    """

    kinds: tuple[str, ...] = _ANY
    optional: bool = True
    language: str = ""
    element: str = ""
    whole: bool = False
    values: tuple[Any, ...] = ()
    mixed: bool = True


_KEYS: Final = ClaimModel((LIST,), mixed=False)


@dataclass(slots=True)
class Variable:
    """The terms of one place in the token."""

    place: Place
    present: Term
    kinds: Mapping[str, Term]
    texts: Mapping[str, Term]
    items: ListValue | None = None
    keys: ListValue | None = None  # of an object, if a macro asks for them


@dataclass(slots=True, repr=False)
class Token:
    """The claims of one token. `model` says what the issuer can put into a place; `name` keeps two tokens apart.

    `witnesses` is how many elements of each list decide everything that is asked about it; `witnessed`, if they do.
    `numbers` is the kind of whole numbers in a token.
    `parts` are the texts that several claims share without being a claim.
    """

    script: Script
    model: Callable[[Place], ClaimModel]
    numbers: str = DOUBLE
    name: str = ""
    witnesses: int = 3
    witnessed: bool = True
    related: Callable[[Token, Place], Iterable[Term]] = lambda _token, _place: ()
    variables: dict[Place, Variable] = field(default_factory=dict)
    parts: dict[str, Term] = field(default_factory=dict)

    def claim(self, place: Place) -> tuple[Term, Value]:
        """Whether there is a value at this place, and the value."""
        known = self.variables.get(place)
        if known is None:
            known = self.variables[place] = self._declared(place, self.model(place))
            for term in self.related(self, place):
                self.script.require(term)
        return known.present, self._value(known)

    def present(self, place: Place) -> Term:
        """Whether there is a value at this place."""
        return self.claim(place)[0]

    def text(self, place: Place) -> Term:
        """The text at this place; meaningful only if there is a text."""
        self.claim(place)
        return self.variables[place].texts.get(STRING, Term("String", '""', ""))

    def is_text(self, place: Place) -> Term:
        """Whether there is a text at this place."""
        present, value = self.claim(place)
        return and_(present, value[STRING][0]) if STRING in value else FALSE

    def find(self, key: str) -> tuple[Term, Value]:
        """A claim by name, which can be in escaped form since 1.34 (`MapValue`)."""
        name = unescape(key) if self.numbers == DOUBLE else key
        return (FALSE, {}) if name is None else self.claim((name,))

    def _value(self, variable: Variable) -> Value:
        found: dict[str, tuple[Term, object]] = {}
        for kind, guard in variable.kinds.items():
            if kind == LIST:
                found[LIST] = (guard, variable.items)
            elif kind == MAP:
                found[MAP] = (guard, JsonObject(self, variable.place))
            elif kind in (NULL, NONTEXT):
                found[kind] = (guard, None)
            else:
                found[kind] = (guard, variable.texts[kind])
        return found

    def _declared(self, place: Place, model: ClaimModel) -> Variable:
        script = self.script
        hint = self.name + "".join(
            part if part.isascii() and part.isalnum() else "_" for part in "_".join(place)
        )
        hint = f"c_{hint}_"
        if not model.kinds:
            return Variable(place, FALSE, {}, {})
        present = script.fresh("Bool", hint + "p") if model.optional or len(place) > 1 else TRUE
        if len(place) > 1:
            parent = self.claim(place[:-1])[1]
            script.require(implies(present, parent[MAP][0] if MAP in parent else FALSE))
        kinds = self._kinds(self._split_numbers(model), hint)
        texts: dict[str, Term] = {}
        if STRING in kinds:
            texts[STRING] = script.fresh("String", hint)
            self._restrict(texts[STRING], model.language, model.values)
        if BOOL in kinds:
            texts[BOOL] = script.fresh("Bool", hint + "b")
        if DOUBLE in kinds:
            texts[DOUBLE] = self._whole(hint) if model.whole else script.fresh("Real", hint + "d")
        if INT in kinds:
            texts[INT] = self._whole(hint)
        items = self._list(model, hint) if LIST in kinds else None
        return Variable(place, present, kinds, texts, items)

    def _kinds(self, kinds: tuple[str, ...], hint: str) -> dict[str, Term]:
        if len(kinds) == 1:
            return {kinds[0]: TRUE}
        chosen = self.script.fresh("Int", hint + "k")
        self.script.require(and_(at_least(chosen, integer(0)), at_least(integer(len(kinds) - 1), chosen)))
        return {kind: equal(chosen, integer(position)) for position, kind in enumerate(kinds)}

    def _restrict(self, text: Term, language: str, values: tuple[Any, ...] = ()) -> None:
        if values:
            options = [regex.literal(value) for value in values if isinstance(value, str)]
            self.script.require(regex.in_language(text, regex.union(options)))
        elif language:
            self.script.require(regex.in_language(text, regex.whole(language)))

    def _split_numbers(self, model: ClaimModel) -> tuple[str, ...]:
        """Before Kubernetes 1.34, a whole number in a token is an int and not a double."""
        if DOUBLE not in model.kinds or self.numbers == DOUBLE:
            return model.kinds
        others = tuple(kind for kind in model.kinds if kind != DOUBLE)
        return (*others, INT) if model.whole else (*others, INT, DOUBLE)

    def _whole(self, hint: str) -> Term:
        number = self.script.fresh("Int", hint + "n")
        self.script.require(and_(at_least(number, integer(-_LARGEST)), at_least(integer(_LARGEST), number)))
        return number

    def keys(self, place: Place) -> ListValue:
        """The keys of the object at this place, as far as macros ask about them."""
        variable = self.variables[place]
        if variable.keys is None:
            variable.keys = self._list(_KEYS, "key_")
        return variable.keys

    def _list(self, model: ClaimModel, hint: str) -> ListValue:
        elements: list[tuple[Term, Value]] = []
        before = TRUE
        for _ in range(self.witnesses):
            guard = self.script.fresh("Bool", hint + "e")
            self.script.require(implies(guard, before))
            text = self.script.fresh("String", hint + "i")
            self._restrict(text, model.element)
            value = of(STRING, text)
            if model.mixed:
                is_text = self.script.fresh("Bool", hint + "t")
                value = {STRING: (is_text, text), NONTEXT: (not_(is_text), None)}
            elements.append((guard, value))
            before = guard
        more = self.script.fresh("Int", hint + "m")
        self.script.exact += [equal(more, integer(0)), *(not_(guard) for guard, _ in elements[1:2])]
        self.script.require(at_least(more, integer(0)))
        self.script.require(implies(not_(equal(more, integer(0))), before))
        return ListValue(tuple(elements), more, self.witnessed, in_order=True)


@dataclass(frozen=True, slots=True)
class JsonObject:
    """An object inside the token (`MapValue`)."""

    token: Token
    place: Place

    def find(self, key: str) -> tuple[Term, Value]:
        name = unescape(key) if self.token.numbers == DOUBLE else key
        return self.token.claim((*self.place, key if name is None else name))

    @property
    def keys(self) -> ListValue:
        return self.token.keys(self.place)
