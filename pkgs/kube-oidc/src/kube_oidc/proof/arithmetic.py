"""CEL's `+`, `-` and `string()` over symbolic values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kube_oidc.proof.terms import Term, add, and_, at_least, concat, equal, integer, ite, or_, string
from kube_oidc.proof.values import (
    DOUBLE,
    FAILED,
    INT,
    LIST,
    NONTEXT,
    OTHER,
    STRING,
    ListValue,
    Value,
    choose,
    guard_of,
    of,
)

_LARGEST: Final = (1 << 63) - 1
_SMALL: Final = 1 << 52  # sums of whole numbers up to it are exact in floating point
Unknown = Callable[[], Value]


def plus(left: Value, right: Value, unknown: Unknown) -> Value:
    """`left + right`."""
    result = _numbers(left, right, lambda a, b: add(a, b), unknown)
    for kind in (STRING, LIST):
        if kind in left and kind in right:
            (guard, one), (other_guard, other) = left[kind], right[kind]
            result = choose(and_(guard, other_guard), _joined(one, other), result)
    return _or_unknown(left, right, result, unknown)


def minus(left: Value, right: Value, unknown: Unknown) -> Value:
    """`left - right`."""
    result = _numbers(left, right, lambda a, b: Term("Int", f"(- {a} {b})"), unknown)
    return _or_unknown(left, right, result, unknown)


def _or_unknown(left: Value, right: Value, result: Value, unknown: Unknown) -> Value:
    vague = [and_(guard_of(one, NONTEXT), _not_text(other)) for one, other in ((left, right), (right, left))]
    other = or_(*vague)
    return result if other.value is False else choose(other, unknown(), result)


def _not_text(value: Value) -> Term:
    return or_(*(guard for kind, (guard, _) in value.items() if kind != STRING))


def _joined(one: object, other: object) -> Value:
    if isinstance(one, Term) and isinstance(other, Term):
        return of(STRING, concat(one, other))
    assert isinstance(one, ListValue)
    assert isinstance(other, ListValue)
    witnessed = (one.witnessed or one.more.value == 0) and (other.witnessed or other.more.value == 0)
    empty, other_empty = equal(one.size, integer(0)), equal(other.size, integer(0))
    string_slice = or_(and_(one.string_slice, other_empty), and_(other.string_slice, empty))
    return of(
        LIST, ListValue((*one.elements, *other.elements), add(one.more, other.more), witnessed, string_slice)
    )


def _numbers(left: Value, right: Value, result: Callable[[Term, Term], Term], unknown: Unknown) -> Value:
    found: Value = FAILED
    if INT in left and INT in right:
        (guard, one), (other_guard, other) = left[INT], right[INT]
        assert isinstance(one, Term)
        assert isinstance(other, Term)
        total = result(one, other)
        fits = and_(at_least(total, integer(-_LARGEST - 1)), at_least(integer(_LARGEST), total))
        found = choose(and_(guard, other_guard), of(INT, total, fits), found)
    if DOUBLE in left and DOUBLE in right:
        (guard, one), (other_guard, other) = left[DOUBLE], right[DOUBLE]
        assert isinstance(one, Term)
        assert isinstance(other, Term)
        found = choose(and_(guard, other_guard), _doubles(one, other, result, unknown), found)
    return found


def _doubles(one: Term, other: Term, result: Callable[[Term, Term], Term], unknown: Unknown) -> Value:
    """Exact for small whole numbers; other sums are rounded."""
    if one.sort != "Int" or other.sort != "Int":
        return unknown()
    small = and_(*(_is_small(each) for each in (one, other)))
    return choose(small, of(DOUBLE, result(one, other)), unknown())


def _is_small(number: Term) -> Term:
    return and_(at_least(number, integer(-_SMALL)), at_least(integer(_SMALL), number))


def to_string(value: Value, unknown: Unknown) -> Value:
    """`string(value)`."""
    result: Value = FAILED
    for kind, (guard, payload) in value.items():
        match kind, payload:
            case "string", Term():
                text = of(STRING, payload)
            case "bool", Term():
                text = of(STRING, ite(payload, string("true"), string("false")))
            case "int", Term():
                positive = Term("String", f"(str.from_int {payload})")
                negative = Term("String", f'(str.++ "-" (str.from_int (- {payload})))')
                text = of(STRING, ite(at_least(payload, integer(0)), positive, negative))
            case "null", None:
                text = of(STRING, string("null"))
            case _ if kind in (DOUBLE, OTHER, NONTEXT):
                text = unknown()
            case _:
                continue
        result = choose(guard, text, result)
    return result
