"""CEL's operators, and functions that take values of several kinds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kube_oidc.proof import arithmetic, compare, regex
from kube_oidc.proof.claims import Token
from kube_oidc.proof.selection import index, optional_of, select_optionally
from kube_oidc.proof.site import Site
from kube_oidc.proof.strings import length
from kube_oidc.proof.terms import FALSE, TRUE, Term, and_, equal, not_, or_, string
from kube_oidc.proof.values import (
    BOOL,
    FAILED,
    INT,
    LIST,
    MAP,
    NONTEXT,
    OPTIONAL,
    OTHER,
    STRING,
    Entries,
    ListValue,
    OptionalValue,
    Value,
    choose,
    conjunction,
    disjunction,
    exists,
    guard_of,
    guarded,
    of,
    term_of,
)
from kube_oidc.verdict.cel.syntax import Call
from kube_oidc.verdict.versions import Difference


def _logical_and(_: Site, values: list[Value]) -> Value:
    return conjunction(values)


def _logical_or(_: Site, values: list[Value]) -> Value:
    return disjunction(values)


def _not(_: Site, values: list[Value]) -> Value:
    [value] = values
    return of(BOOL, not_(term_of(value, BOOL, TRUE)), guard_of(value, BOOL))


def _conditional(_: Site, values: list[Value]) -> Value:
    condition, yes, no = values
    return guarded(guard_of(condition, BOOL), choose(term_of(condition, BOOL, FALSE), yes, no))


def _equals(site: Site, values: list[Value]) -> Value:
    return _compared(site, values, lambda same: same)


def _differs(site: Site, values: list[Value]) -> Value:
    return _compared(site, values, not_)


def _compared(site: Site, values: list[Value], result: Callable[[Term], Term]) -> Value:
    left, right = values
    if any(isinstance(value[MAP][1], Token) for value in values if MAP in value):
        return site.unknown()
    return of(
        BOOL, result(compare.equality(left, right, site.unknown_truth)), and_(exists(left), exists(right))
    )


def _order(site: Site, values: list[Value]) -> Value:
    left, right = values
    assert isinstance(site.node, Call)
    return compare.order(site.translator.script, site.node.function, left, right, site.unknown)


def _in(site: Site, values: list[Value]) -> Value:
    element, container = values
    result: Value = FAILED
    if LIST in container:
        guard, listed = container[LIST]
        assert isinstance(listed, ListValue)
        result = choose(guard, site.translator.loops.member(site, element, listed), result)
    if MAP in container:
        guard, mapping = container[MAP]
        result = choose(guard, _key(site, element, mapping), result)
    for kind in {OTHER, NONTEXT} & set(container):
        result = choose(container[kind][0], site.unknown(), result)
    return guarded(exists(element), result)


def _key(site: Site, element: Value, mapping: object) -> Value:
    if isinstance(mapping, Token) and site.translator.version.has(Difference.CLAIMS_BOUND_LAZILY):
        return FAILED  # lazy.MapValue doesn't implement `in`
    if not isinstance(mapping, Entries):
        return site.unknown()
    text = term_of(element, STRING, string(""))
    same = or_(*(and_(present, equal(text, string(name))) for name, present, _ in mapping.items))
    return of(BOOL, and_(guard_of(element, STRING), same))


def _or(_: Site, values: list[Value]) -> Value:
    left, right = values
    optional = optional_of(left)
    held = of(OPTIONAL, OptionalValue(TRUE, optional.value))
    return guarded(guard_of(left, OPTIONAL), choose(optional.present, held, right))


def _or_value(_: Site, values: list[Value]) -> Value:
    left, right = values
    optional = optional_of(left)
    return guarded(guard_of(left, OPTIONAL), choose(optional.present, optional.value, right))


def _optional_none(_: Site, __: list[Value]) -> Value:
    return of(OPTIONAL, OptionalValue(FALSE, FAILED))


def _optional_of(_: Site, values: list[Value]) -> Value:
    return of(OPTIONAL, OptionalValue(TRUE, values[0]), exists(values[0]))


def _has_value(_: Site, values: list[Value]) -> Value:
    return of(BOOL, optional_of(values[0]).present, guard_of(values[0], OPTIONAL))


def _value(_: Site, values: list[Value]) -> Value:
    optional = optional_of(values[0])
    return guarded(and_(guard_of(values[0], OPTIONAL), optional.present), optional.value)


def _dyn(_: Site, values: list[Value]) -> Value:
    return values[0]


def _size(site: Site, values: list[Value]) -> Value:
    [value] = values
    if MAP in value:
        return guarded(exists(value), site.unknown())
    result: Value = FAILED
    if STRING in value:
        result = choose(value[STRING][0], of(INT, length(term_of(value, STRING, string("")))), result)
    if LIST in value:
        guard, listed = value[LIST]
        assert isinstance(listed, ListValue)
        result = choose(guard, of(INT, listed.size), result)
    return result


def _matches(site: Site, values: list[Value]) -> Value:
    text, pattern = values
    constant = term_of(pattern, STRING, string("")).value
    both = and_(guard_of(text, STRING), guard_of(pattern, STRING))
    if not isinstance(constant, str):
        return guarded(both, site.unknown())
    try:
        found = regex.matches(term_of(text, STRING, string("")), constant)
    except (regex.BeyondRegularError, ValueError):
        return guarded(both, site.unknown())
    return of(BOOL, found, both)


def _plus(site: Site, values: list[Value]) -> Value:
    left, right = values
    return arithmetic.plus(left, right, site.unknown)


def _minus(site: Site, values: list[Value]) -> Value:
    left, right = values
    return arithmetic.minus(left, right, site.unknown)


def _to_string(site: Site, values: list[Value]) -> Value:
    return arithmetic.to_string(values[0], site.unknown)


FOR_ANY_KIND: Final = frozenset(
    {"_&&_", "_||_", "!_", "_?_:_", "_==_", "_!=_", "@in", "optional.none", "optional.of", "dyn"}
)
"""These have a result for operands of every kind."""
FOR_TEXTS: Final = frozenset({"matches", "_+_", "_<_", "_<=_", "_>_", "_>=_"})
"""These fail if one operand is a text and the other one is not."""
OPERATORS: Final[dict[str, Callable[[Site, list[Value]], Value]]] = {
    "_&&_": _logical_and,
    "_||_": _logical_or,
    "!_": _not,
    "_?_:_": _conditional,
    "_==_": _equals,
    "_!=_": _differs,
    "_<_": _order,
    "_<=_": _order,
    "_>_": _order,
    "_>=_": _order,
    "@in": _in,
    "_[_]": index,
    "_[?_]": index,
    "_?._": select_optionally,
    "or": _or,
    "orValue": _or_value,
    "optional.none": _optional_none,
    "optional.of": _optional_of,
    "hasValue": _has_value,
    "value": _value,
    "dyn": _dyn,
    "size": _size,
    "matches": _matches,
    "_+_": _plus,
    "_-_": _minus,
    "string": _to_string,
}
