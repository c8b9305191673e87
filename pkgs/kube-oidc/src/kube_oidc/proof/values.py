"""Symbolic CEL values.

A value has one alternative for each kind that it can have, under a guard; where no guard holds, evaluation has failed.
Guards exclude each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeAlias

from kube_oidc.proof.terms import FALSE, TRUE, Script, Term, add, and_, equal, integer, ite, not_, or_, string

BOOL, INT, DOUBLE, STRING, NULL = "bool", "int", "double", "string", "null"
LIST, MAP, OPTIONAL, OTHER, NONTEXT = "list", "map", "optional", "other", "nontext"
"""OTHER is any value of a kind that is not modelled: bytes, uint, a timestamp … NONTEXT is JSON, but no text."""

Value: TypeAlias = Mapping[str, tuple[Term, object]]
"""Kind → (guard, payload). Payloads: a Term, ListValue, MapValue, OptionalValue, or None."""

FAILED: Final[Value] = {}


class MapValue(Protocol):
    """A map: what is at a constant key."""

    def find(self, key: str) -> tuple[Term, Value]:
        """Whether the key is present, and the value if it is."""
        ...


@dataclass(frozen=True, slots=True)
class ListValue:
    """Elements, each present under a guard, and `more`: the number of further elements, of which nothing is known.

    A list in a token is `witnessed`: its elements here include, for every macro that asks about it, an element that
    decides the macro's result. So macros don't need to know the rest.
    """

    elements: tuple[tuple[Term, Value], ...]
    more: Term = field(default_factory=lambda: integer(0))
    witnessed: bool = False
    string_slice: Term = FALSE  # whether it is a Go []string, which is not accepted as groups
    in_order: bool = False  # whether each element is present only if the one before it is

    @property
    def has_more(self) -> Term:
        """Whether there are elements of which nothing is known."""
        return not_(equal(self.more, integer(0)))

    @property
    def size(self) -> Term:
        """The number of elements, as Int."""
        return add(*(ite(guard, integer(1), integer(0)) for guard, _ in self.elements), self.more)


@dataclass(frozen=True, slots=True)
class OptionalValue:
    """An optional; `value` only if `present`."""

    present: Term
    value: Value


@dataclass(frozen=True, slots=True)
class Entries:
    """A map with known keys; later entries don't repeat earlier keys."""

    items: tuple[tuple[str, Term, Value], ...]

    def find(self, key: str) -> tuple[Term, Value]:
        """Whether the key is present, and its value."""
        for name, present, value in self.items:
            if name == key:
                return present, value
        return FALSE, FAILED


@dataclass(frozen=True, slots=True)
class Either:
    """One of two maps."""

    condition: Term
    yes: MapValue
    no: MapValue

    def find(self, key: str) -> tuple[Term, Value]:
        """Whether the key is present, and its value."""
        (in_yes, yes), (in_no, no) = self.yes.find(key), self.no.find(key)
        return ite(self.condition, in_yes, in_no), choose(self.condition, yes, no)


def of(kind: str, payload: object, guard: Term = TRUE) -> Value:
    """A value of one kind, that exists if the guard holds."""
    return {} if guard.value is False else {kind: (guard, payload)}


def constant(value: object) -> Value:
    """A value of the file: None, bool, int, float or str; raises ValueError if SMT-LIB lacks a character."""
    match value:
        case None:
            return of(NULL, None)
        case bool():
            return of(BOOL, TRUE if value else FALSE)
        case str():
            return of(STRING, string(value))
        case float() if value == int(value):
            return of(DOUBLE, integer(int(value)))
        case float():
            return of(DOUBLE, real(value))
        case _ if type(value) is int:
            return of(INT, integer(value))
    raise ValueError("a constant of this type")


def real(value: float) -> Term:
    """A constant of sort Real, exactly this floating point number."""
    top, bottom = abs(value).as_integer_ratio()
    text = f"(/ {top}.0 {bottom}.0)"
    return Term("Real", text if value >= 0 else f"(- {text})", value)


def exists(value: Value) -> Term:
    """Whether evaluation has not failed."""
    return or_(*(guard for guard, _ in value.values()))


def guard_of(value: Value, kind: str) -> Term:
    """Whether the value is of this kind."""
    return value[kind][0] if kind in value else FALSE


def term_of(value: Value, kind: str, default: Term) -> Term:
    """The term of this kind, or `default` if the value is never of that kind."""
    if kind not in value:
        return default
    payload = value[kind][1]
    assert isinstance(payload, Term)
    return payload


def truth(value: Value) -> Term:
    """Whether the value is the boolean true."""
    return and_(guard_of(value, BOOL), term_of(value, BOOL, FALSE))


def conjunction(values: list[Value]) -> Value:
    """`&&`: false if one is false, otherwise a failure if one fails."""
    all_true = and_(*map(truth, values))
    some_false = or_(*(and_(guard_of(each, BOOL), not_(term_of(each, BOOL, TRUE))) for each in values))
    certain = all(guard_of(each, BOOL).value is True for each in values)
    return of(BOOL, all_true if certain else not_(some_false), TRUE if certain else or_(all_true, some_false))


def disjunction(values: list[Value]) -> Value:
    """`||`: true if one is true, otherwise a failure if one fails."""
    some_true = or_(*map(truth, values))
    all_false = and_(*(and_(guard_of(each, BOOL), not_(term_of(each, BOOL, TRUE))) for each in values))
    certain = all(guard_of(each, BOOL).value is True for each in values)
    return of(BOOL, some_true, TRUE if certain else or_(some_true, all_false))


def guarded(condition: Term, value: Value) -> Value:
    """The value if the condition holds, otherwise a failure."""
    if condition.value is True:
        return value
    found = {kind: (and_(condition, guard), payload) for kind, (guard, payload) in value.items()}
    return {kind: pair for kind, pair in found.items() if pair[0].value is not False}


def choose(condition: Term, yes: Value, no: Value) -> Value:
    """`condition ? yes : no`, for a condition that is true or false."""
    if condition.is_constant:
        return yes if condition.value else no
    first, second = guarded(condition, yes), guarded(not_(condition), no)
    merged: dict[str, tuple[Term, object]] = {}
    for kind in (*first, *(kind for kind in second if kind not in first)):
        pairs = [each[kind] for each in (first, second) if kind in each]
        guard = or_(*(pair[0] for pair in pairs))
        payloads = [pair[1] for pair in pairs]
        merged[kind] = (guard, payloads[0] if len(payloads) == 1 else _merged(condition, *payloads))
    return merged


def _merged(condition: Term, yes: object, no: object) -> object:
    match yes, no:
        case Term(), Term():
            return _merged_terms(condition, yes, no)
        case ListValue(), ListValue():
            return _merged_lists(condition, yes, no)
        case OptionalValue(), OptionalValue():
            present = ite(condition, yes.present, no.present)
            return OptionalValue(present, choose(condition, yes.value, no.value))
        case None, None:
            return None
    return Either(condition, yes, no)  # type: ignore[arg-type]


def _merged_terms(condition: Term, yes: Term, no: Term) -> Term:
    if yes.sort != no.sort:
        yes, no = as_real(yes), as_real(no)
    return ite(condition, yes, no)


def as_real(term: Term) -> Term:
    """An Int as Real."""
    if term.sort == "Real":
        return term
    if isinstance(term.value, int):
        return real(float(term.value))
    return Term("Real", f"(to_real {term.text})")


def _merged_lists(condition: Term, yes: ListValue, no: ListValue) -> ListValue:
    elements = [(and_(condition, guard), value) for guard, value in yes.elements]
    elements += [(and_(not_(condition), guard), value) for guard, value in no.elements]
    kept = tuple(pair for pair in elements if pair[0].value is not False)
    known = [each for each in (yes, no) if each.more.value != 0]
    witnessed = all(each.witnessed for each in known) and bool(known)
    return ListValue(
        kept, ite(condition, yes.more, no.more), witnessed, ite(condition, yes.string_slice, no.string_slice)
    )


def settle(script: Script, value: Value) -> Value:
    """The same value with short terms, named in the script."""
    return {
        kind: (script.named(guard), script.named(payload) if isinstance(payload, Term) else payload)
        for kind, (guard, payload) in value.items()
    }
