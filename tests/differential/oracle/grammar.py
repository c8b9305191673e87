"""Random CEL expressions that mostly compile, over the claims and the user of the cases."""

from __future__ import annotations

from functools import cache
from typing import Final

from hypothesis import strategies as st

STRINGS: Final = (
    "''",
    "'a'",
    "'me'",
    "'admin'",
    "'a,b'",
    "'ä'",
    "'1'",
    "'1h'",
    "'true'",
    "'https://h.example:1/p?q=1'",
    "'10.0.0.1'",
    "'2026-01-31T10:00:00Z'",
    "claims.sub",
    "claims.csv",
    "claims.?nope.orValue('x')",
    "string(claims.one)",
)
NUMBERS: Final = ("0", "1", "2", "-1", "7", "9223372036854775807", "size(claims.groups)", "int(claims.one)")
DOUBLES: Final = ("0.0", "1.5", "-2.5", "double(claims.one)", "1e300")
BOOLS: Final = (
    "true",
    "false",
    "claims.yes == true",
    "has(claims.sub)",
    "has(claims.nope)",
    "claims.sub == 'me'",
    "1/0 == 1",
    "dyn(b'a') in {'a': 1}",
    "dyn(1)",
)
LISTS: Final = (
    "[]",
    "['a', 'b']",
    "['b', 'a', 'a']",
    "dyn(claims.groups)",
    "claims.csv.split(',')",
    "dyn(claims.?groups.orValue([]))",
    "claims.?nope.orValue(['x'])",
    "dyn(claims.list)",
    "[1/0]",
    "[[1], [2, [3]]]",
)
ANYS: Final = (
    "claims.sub",
    "claims.groups",
    "claims.one",
    "claims.half",
    "claims.yes",
    "claims.nothing",
    "claims.nested",
    "claims.nested.a.b.c",
    "claims.nope",
    "claims['dashed-claim']",
    "claims.?nope",
    "claims.mixed",
    "claims.list",
    "claims.emptyMap",
    "claims.big",
    "null",
    "x",
    "user.username",
    "user.groups",
    "user.extra",
    "b'\\xff'",
    "1u",
    "-0.0",
    "duration('1h')",
    "timestamp(0)",
    "optional.none()",
    "claims.`sub`",
    "1e400",
    "'\\ud800'",
)


def _call(template: str, *parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map(lambda texts: template.format(*texts))


def _joined(parts: dict[str, tuple[st.SearchStrategy[str], ...]]) -> st.SearchStrategy[str]:
    return st.one_of([_call(template, *of) for template, of in parts.items()])


def expressions() -> st.SearchStrategy[str]:
    """An expression of any type, up to three levels deep."""
    return st.one_of([_any(depth) for depth in range(4)])


def conditions() -> st.SearchStrategy[str]:
    """An expression that is mostly a bool."""
    return st.one_of(_bool(3), _any(2))


@cache
def _bool(depth: int) -> st.SearchStrategy[str]:
    if depth == 0:
        return st.sampled_from(BOOLS)
    b, s, n, i, d, a = _parts(depth - 1)
    return st.one_of(
        st.sampled_from(BOOLS),
        _joined(
            {
                "{} && {}": (b, b),
                "{} || {}": (b, b),
                "!({})": (b,),
                "{} == {}": (a, a),
                "{} != {}": (s, s),
                "{} < {}": (n, n),
                "{} <= {}": (d, n),
                "{} in {}": (s, i),
                "({}).startsWith({})": (s, s),
                "({}).contains({})": (a, s),
                "({}).matches('{}')": (s, st.sampled_from(["^a", "(", "[a-z]+", "a|b", "(?i)A", "(?=a)"])),
                "({}).all(x, x != {})": (i, s),
                "({}).exists(x, {})": (i, b),
                "({}).exists_one(x, x == {})": (i, s),
                "({}).all(i, v, v == {})": (i, s),
                "has(claims.{})": (st.sampled_from(["sub", "nope", "nested.a", "one.x", "nothing"]),),
                "({} ? {} : {})": (b, b, b),
                "type({}) == type({})": (a, a),
                "isURL({})": (s,),
                "isIP({})": (s,),
                "isQuantity({})": (s,),
                "sets.contains({}, {})": (i, i),
                "sets.equivalent({}, {})": (i, i),
                "sets.intersects({}, {})": (i, i),
                "({}).endsWith({})": (s, s),
                "dyn({}).exists(k, k == {})": (a, s),
                "({}).exists(x, {} || x == {})": (i, b, s),
                "cidr({}).containsIP({})": (s, s),
                "ip({}) == ip({})": (s, s),
                "({}).isSorted()": (i,),
            }
        ),
    )


@cache
def _string(depth: int) -> st.SearchStrategy[str]:
    if depth == 0:
        return st.sampled_from(STRINGS)
    b, s, n, i, d, a = _parts(depth - 1)
    return st.one_of(
        st.sampled_from(STRINGS),
        _joined(
            {
                "({} + {})": (s, s),
                "string({})": (a,),
                "({}).lowerAscii()": (s,),
                "({}).replace({}, {})": (s, s, s),
                "({}).substring({})": (s, n),
                "({}).charAt({})": (s, n),
                "({}).join({})": (i, s),
                "({} ? {} : {})": (b, s, s),
                "({})[{}]": (i, n),
                "({}).trim()": (s,),
                "({}).find('{}')": (s, st.sampled_from(["a", "(", "[a-z]"])),
                "'%s-%s'.format([{}, {}])": (s, a),
                "({}).?x.orValue({})": (a, s),
                "string({}) ": (d,),
            }
        ),
    )


@cache
def _number(depth: int) -> st.SearchStrategy[str]:
    if depth == 0:
        return st.sampled_from(NUMBERS)
    b, s, n, i, d, a = _parts(depth - 1)
    return st.one_of(
        st.sampled_from(NUMBERS),
        _joined(
            {
                "({} + {})": (n, n),
                "({} - {})": (n, n),
                "({} * {})": (n, n),
                "({} / {})": (n, n),
                "({} % {})": (n, n),
                "size({})": (a,),
                "({}).size()": (i,),
                "int({})": (s,),
                "int({}) ": (d,),
                "({}).indexOf({})": (s, s),
                "({}).lastIndexOf({})": (i, s),
                "({}).max()": (i,),
                "lists.range(size({})).map(x, x).size()": (i,),
                "({} ? {} : {})": (b, n, n),
                "duration({}).getSeconds()": (s,),
            }
        ),
    )


@cache
def _double(depth: int) -> st.SearchStrategy[str]:
    if depth == 0:
        return st.sampled_from(DOUBLES)
    _, s, n, _, d, _ = _parts(depth - 1)
    return st.one_of(
        st.sampled_from(DOUBLES),
        _joined({"({} + {})": (d, d), "({} / {})": (d, d), "double({})": (n,), "double({}) ": (s,)}),
    )


@cache
def _list(depth: int) -> st.SearchStrategy[str]:
    if depth == 0:
        return st.sampled_from(LISTS)
    b, s, n, i, _, a = _parts(depth - 1)
    return st.one_of(
        st.sampled_from(LISTS),
        _joined(
            {
                "[{}, {}]": (s, s),
                "[{}]": (a,),
                "({} + {})": (i, i),
                "({}).map(x, x + {})": (i, s),
                "({}).filter(x, {})": (i, b),
                "({}).split({})": (s, s),
                "({} ? {} : {})": (b, i, i),
                "({}).distinct()": (i,),
                "({}).slice(0, {})": (i, n),
                "({}).sort()": (i,),
                "({}).findAll('[a-z]')": (s,),
                "({}).transformList(i, v, v)": (i,),
                "optional.of({}).optMap(x, x + {}).orValue({})": (i, i, i),
                "optional.of([]).optMap(x, x + {} + x).value()": (i,),
                "dyn({}).map(k, k)": (a,),
            }
        ),
    )


@cache
def _any(depth: int) -> st.SearchStrategy[str]:
    if depth == 0:
        return st.sampled_from(ANYS)
    b, s, n, i, d, a = _parts(depth - 1)
    return st.one_of(
        st.sampled_from(ANYS),
        b,
        s,
        n,
        i,
        d,
        _joined(
            {
                "dyn({})": (a,),
                "{{'k': {}}}": (a,),
                "({}).k": (a,),
                "({})[{}]": (a, n),
                "optional.of({})": (a,),
                "({}) + ({})": (a, a),
                "type({})": (a,),
                "({} ? {} : {})": (b, a, a),
                "claims.?nope.orValue({})": (a,),
                "timestamp({})": (s,),
                "url({})": (s,),
                "({}).sortBy(x, {})": (i, a),
                "({}).flatten({})": (i, n),
                "({}).flatten({} - {})": (i, n, n),
                "quantity({})": (s,),
                "format.dns1123Label().validate({})": (s,),
                "({}).transformMapEntry(i, v, {{v: {}}})": (i, a),
                "({}).map(x, ({}).map(x, x))": (i, i),
                "({}).transformMap(i, v, {})": (i, a),
                "({}).optMap(x, {})": (a, a),
                "[?{}]": (a,),
                "{} +\n{}": (a, a),
                "({}).includes({})": (i, a),
                "({}).distinct() == [] || {}": (i, b),
            }
        ),
    )


@cache
def _parts(depth: int) -> tuple[st.SearchStrategy[str], ...]:
    deferred = (_bool, _string, _number, _list, _double, _any)
    return tuple(st.deferred(lambda make=make: make(depth)) for make in deferred)
