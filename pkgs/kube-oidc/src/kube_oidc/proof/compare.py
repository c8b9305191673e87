"""Equality and order of symbolic values, by cel-go's rules (`verdict/cel/comparison.py`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kube_oidc.proof import regex
from kube_oidc.proof.terms import (
    FALSE,
    TRUE,
    Script,
    Term,
    add,
    and_,
    apply,
    at_least,
    boolean,
    equal,
    integer,
    ite,
    less,
    not_,
    or_,
)
from kube_oidc.proof.values import (
    BOOL,
    DOUBLE,
    INT,
    MAP,
    NONTEXT,
    OTHER,
    STRING,
    ListValue,
    OptionalValue,
    Value,
    as_real,
)

NUMBERS: Final = (INT, DOUBLE)


Unknown = Callable[[], Term]
_EXACT: Final = 1 << 53  # whole numbers up to it are exact in floating point


class BeyondSolverError(Exception):
    """The question can't be expressed; the message names the part."""


def equality(left: Value, right: Value, unknown: Unknown) -> Term:
    """Whether both are equal, if both exist; `unknown` makes the truth of what can't be expressed."""
    cases: list[Term] = []
    for kind, (guard, payload) in left.items():
        for other, (other_guard, other_payload) in right.items():
            same = _same(kind, payload, other, other_payload, unknown)
            cases.append(and_(guard, other_guard, same))
    return or_(*cases)


def _same(kind: str, payload: object, other: str, other_payload: object, unknown: Unknown) -> Term:
    if NONTEXT in (kind, other) and STRING in (kind, other):
        return FALSE
    if {OTHER, NONTEXT} & {kind, other} or (kind == other == MAP):
        return unknown()
    if kind != other and not (kind in NUMBERS and other in NUMBERS):
        return FALSE
    match payload, other_payload:
        case Term(), Term():
            same = equal(*alike(payload, other_payload))
            rounded = FALSE if kind == other else _is_rounded(payload if kind == INT else other_payload)
            return same if rounded.value is False else ite(rounded, unknown(), same)
        case ListValue(), ListValue():
            return _same_lists(payload, other_payload, unknown)
        case OptionalValue(), OptionalValue():
            both = and_(
                payload.present, other_payload.present, equality(payload.value, other_payload.value, unknown)
            )
            return or_(both, and_(not_(payload.present), not_(other_payload.present)))
    return TRUE  # null


def _is_rounded(number: Term) -> Term:
    """Whether the integer may change when it is compared as floating point."""
    if isinstance(number.value, int):
        return boolean(abs(number.value) > _EXACT)
    return or_(less(number, integer(-_EXACT)), less(integer(_EXACT), number))


def alike(left: Term, right: Term) -> tuple[Term, Term]:
    """Both numbers as Int or both as Real."""
    return (left, right) if left.sort == right.sort else (as_real(left), as_real(right))


def _same_lists(left: ListValue, right: ListValue, unknown: Unknown) -> Term:
    """Elements are compared by position; unknown if further elements matter."""
    more = or_(left.has_more, right.has_more)
    same = [equal(left.size, right.size)]
    placed = placements(left), placements(right)
    for guard, position, value in placed[0]:
        for other_guard, other_position, other in placed[1]:
            here = and_(guard, other_guard, equal(position, other_position))
            if here.value is not False:
                same.append(or_(not_(here), equality(value, other, unknown)))
    exact = and_(*same)
    return exact if more.value is False else ite(more, unknown(), exact)


def placements(values: ListValue) -> list[tuple[Term, Term, Value]]:
    """The known elements with their guards and positions."""
    found: list[tuple[Term, Term, Value]] = []
    position = integer(0)
    for number, (guard, value) in enumerate(values.elements):
        found.append((guard, integer(number) if values.in_order else position, value))
        position = add(position, ite(guard, integer(1), integer(0)))
    return found


def order(script: Script, function: str, left: Value, right: Value, unknown: Callable[[], Value]) -> Value:
    """`<`, `<=`, `>` or `>=`; `unknown` makes the value of what can't be expressed."""
    strict, swapped = function in ("_<_", "_>_"), function in ("_>_", "_>=_")
    cases: list[tuple[Term, Term]] = []
    for kind, (guard, payload) in left.items():
        for other, (other_guard, other_payload) in right.items():
            both = and_(guard, other_guard)
            if {kind, other} == {NONTEXT, STRING}:
                continue
            if {BOOL, OTHER, NONTEXT} & {kind, other}:
                return unknown()
            if not isinstance(payload, Term) or not isinstance(other_payload, Term):
                continue
            if kind != other and not (kind in NUMBERS and other in NUMBERS):
                continue
            if kind != other:
                rounded = _is_rounded(payload if kind == INT else other_payload)
                if rounded.value is not False:
                    return unknown()
            low, high = (other_payload, payload) if swapped else (payload, other_payload)
            cases.append((both, _before(script, kind, low, high, strict=strict)))
    guard = or_(*(case[0] for case in cases))
    if guard.value is False:
        return {}
    return {BOOL: (guard, or_(*(and_(both, holds) for both, holds in cases)))}


def _before(script: Script, kind: str, low: Term, high: Term, *, strict: bool) -> Term:
    if kind != STRING:
        low, high = alike(low, high)
        return not_(at_least(low, high)) if strict else at_least(high, low)
    if isinstance(high.value, str):
        return regex.in_language(low, regex.before(high.value, inclusive=not strict))
    if isinstance(low.value, str):
        script.exact.append(
            apply("Bool", "str.prefixof", low, high)
        )  # the simplest way to be at least as large
        return regex.in_language(high, regex.after(low.value, inclusive=not strict))
    return apply("Bool", "str.<" if strict else "str.<=", low, high)
