"""Every function with every kind of value: its result, its errors and their costs."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Final

_LONG: Final = "'" + "abcdefghij" * 30 + "'"
_TEXTS: Final = (
    _LONG, "'ü'", "''", "claims.sub", "claims.nope", "dyn(1)", "dyn(claims.sub)", "claims.csv", "claims.name",
    "optional.of('x')",
)  # fmt: skip
_OF_TWO_TEXTS: Final = (
    "startsWith", "endsWith", "contains", "matches", "split", "indexOf", "lastIndexOf", "find", "findAll",
)  # fmt: skip
_LEFT: Final = (*_TEXTS, "[1,2,3]", "claims.groups", "dyn(claims.groups)", "['a']", "[1/0]")
_RIGHT: Final = ("'a'", "['a']", "[1]", "claims.groups", "claims.nope", "dyn(claims.groups)", "[1/0]")
_OF_TWO: Final = ("matches", "sets.contains", "sets.equivalent", "sets.intersects")
_SUBJECTS: Final = (
    _LONG, "claims.sub", "claims.nope", "dyn(1)", "claims.groups", "dyn(claims.groups)", "['b','a']", "[3,1,2]",
    "[b'abcdefghijklmn',b'b']", "[[1],[2]]", "{'a':'b'}", "claims.mixed", "claims.nested", "claims", "dyn(claims)",
    "'%d'", "optional.of(['a','b'])", "optional.none()", "['aaaaaaaaaaaaaaaaaaaaa','bbbbbbbbbbbbbbbbbbbbbbbbbb']",
    "claims.floats", "1/0", "[1/0]", "b'abc'", "{1:2}.a", "claims.emptyList",
)  # fmt: skip
_METHODS: Final = (
    "lowerAscii()", "upperAscii()", "trim()", "substring(1)", "substring(1,2)", "replace('a','b')",
    "replace('a','bbb',1)", "replace('','-')", "size()", "charAt(0)", "distinct()", "sort()", "sortBy(x,x)",
    "reverse()", "flatten()", "slice(0,1)", "isSorted()", "sum()", "max()", "min()", "indexOf('a')",
    "lastIndexOf('b')", "join()", "join(',')", "split('')", "split(',',2)", "includes('a')", "includes(['admin'])",
    "first()", "last()", "map(x,x)", "filter(x,true)", "exists_one(x,x=='a')", "transformList(i,v,v)",
    "transformMap(i,v,v).size()", "transformMapEntry(i,v,{v:i}).size()", "all(x,x!='b')",
    "exists(x,1/0==1||x=='b')", "format([1])", "hasValue()", "orValue('x')", "value()", "optMap(x,x)",
)  # fmt: skip
_KUBERNETES: Final = (
    "ip('::1')", "ip('1.2.3.4')", "cidr('10.0.0.0/8')", "cidr('::/0')", "cidr('fd00::/120')", "quantity('1.5Gi')",
    "url('https://a.b/c?d=e')", "semver('1.2.3')", "format.dns1123Label()", "format.uri()", "format.uuid()",
    "format.datetime()", "ip(claims.nope)", "ip('x')", "dyn(ip('::1'))", "isIP(claims.ip)", "isCIDR('x')",
    "ip.isCanonical('0:0::1')",
)  # fmt: skip
_OF_KUBERNETES: Final = (
    "containsIP('10.0.0.1')", "containsIP(ip('::1'))", "containsIP(claims.ip)", "containsCIDR('10.0.0.0/16')",
    "containsCIDR(cidr('::/1'))", "ip()", "masked()", "prefixLength()", "family()", "isLoopback()", "add(1)",
    "sub(quantity('1'))", "isGreaterThan(quantity('1'))", "compareTo(quantity('1'))", "asInteger()",
    "asApproximateFloat()", "getScheme()", "getQuery()", "major()", "isLessThan(semver('2.0.0'))",
    "validate('abc')", "validate(claims.nope)",
)  # fmt: skip
_COMPARED: Final = (
    "1", "'abc'", _LONG, "b'abcdefghijkl'", "[1,2]", "claims.sub", "claims.groups", "claims.nope", "ip('::1')",
    "cidr('fd00::/120')", "quantity('1')", "claims", f"optional.of({_LONG})", "null", "1.5", "timestamp(0)",
    "duration('1s')", "type(1)", "{'a':1}", "dyn('abc')", "claims.list",
)  # fmt: skip
_OPERATORS: Final = ("==", "!=", "<", ">=", "+", "in", "-", "*", "/", "%")
_CONVERTED: Final = (
    *_COMPARED, "claims.one", "claims.time", "claims.?nope", "claims.nested.k", "'1'", "5",
)  # fmt: skip
_CONVERSIONS: Final = (
    "int", "uint", "double", "string", "bytes", "bool", "dyn", "type", "timestamp", "duration", "url", "quantity",
    "isQuantity", "ip", "isIP", "cidr", "semver", "isSemver", "size", "optional.of", "optional.ofNonZeroValue",
)  # fmt: skip
_FLATTENED: Final = (
    "[1]", "[1,2]", "[1,2,3]", "['a','b']", "[]", "claims.list", "dyn(1)", "dyn('abc')", "[1/0]", "claims.one",
    "[1].map(x,x)",
)  # fmt: skip
_DEPTHS: Final = (
    "0", "1", "7", "999988", "999989", "333330", "9223372036854775807", "4611686018427387904", "0-1", "0-4", "0-5",
    "0-6", "0-11", "0-12", "0-13", "0-100", "-9223372036854775807-1", "0-3074457345618258603", "claims.max",
)  # fmt: skip


def texts() -> Iterator[str]:
    """Some 8,000 expressions over the claims of the cases."""
    for one, function, other in product(_TEXTS, _OF_TWO_TEXTS, _TEXTS):
        yield f"{one}.{function}({other})"
    for function, one, other in product(_OF_TWO, _LEFT, _RIGHT):
        yield f"{function}({one}, {other})"
    for subject, method in (*product(_SUBJECTS, _METHODS), *product(_KUBERNETES, _OF_KUBERNETES)):
        yield f"({subject}).{method}"
    for one, operator, other in product(_COMPARED, _OPERATORS, _COMPARED):
        yield f"{one} {operator} {other}"
    for function, value in product(_CONVERSIONS, _CONVERTED):
        yield f"{function}({value})"
    for values, depth in product(_FLATTENED, _DEPTHS):
        yield f"({values}).flatten({depth})"
