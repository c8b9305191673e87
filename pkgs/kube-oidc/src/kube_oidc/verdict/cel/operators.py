"""Operators, and functions that cel-go binds as a whole instead of per overload.

Source: `common/stdlib/standard.go` and the value types in `common/types`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kube_oidc.verdict.cel import gotext, regex
from kube_oidc.verdict.cel.comparison import (
    INTEGERS,
    NUMBERS,
    RECEIVERS,
    Value,
    contained,
    no_overload,
    relation,
    require,
)
from kube_oidc.verdict.cel.conversions import in_range
from kube_oidc.verdict.cel.values import (
    CelError,
    Duration,
    MapValue,
    MutableList,
    Timestamp,
    TypeValue,
    Uint,
    type_name,
)

_ADDABLE: Final = frozenset({bytes, float, Duration, int, list, str, Timestamp, Uint})
_SUBTRACTABLE: Final = frozenset({float, Duration, int, Timestamp, Uint})
_NEGATABLE: Final = frozenset({bool, float, Duration, int})
_STRINGS: Final = frozenset({str})


def _checked(value: int, like: type) -> int:
    if like is Uint:
        if not 0 <= value <= gotext.MAX_UINT:
            raise CelError("unsigned integer overflow")
        return Uint(value)
    if not gotext.MIN_INT <= value <= gotext.MAX_INT:
        raise CelError("integer overflow")
    return value


def _duration(nanoseconds: int) -> Duration:
    return Duration(_checked(nanoseconds, int))


def add(left: Value, right: Value) -> Value:
    """`left + right`."""
    kind = type(left)
    if kind is type(right) and kind is str:
        return left + right
    if kind is MutableList and isinstance(right, list):
        return left.add(right)
    require("_+_", _ADDABLE, left)
    if kind is type(right):
        if kind in INTEGERS:
            return _checked(int(left) + int(right), kind)
        if kind in (float, bytes):
            return left + right
        if kind is Duration:
            return _duration(left.nanoseconds + right.nanoseconds)
    if isinstance(left, list) and isinstance(right, list):
        if type(right) is MutableList and left:
            right.viewed = True
            return [*left, *right]
        return right if not left else left if not right else [*left, *right]
    if kind is Duration and type(right) is Timestamp:
        return _moved(right, left.nanoseconds)
    if kind is Timestamp and type(right) is Duration:
        return _moved(left, right.nanoseconds)
    return no_overload()


def _moved(time: Timestamp, nanoseconds: int) -> Timestamp:
    return in_range(Timestamp(time.nanoseconds + nanoseconds, time.offset))


def subtract(left: Value, right: Value) -> Value:
    """`left - right`."""
    require("_-_", _SUBTRACTABLE, left)
    kind = type(left)
    if kind is type(right):
        if kind in INTEGERS:
            return _checked(int(left) - int(right), kind)
        if kind is float:
            return left - right
        return _duration(left.nanoseconds - right.nanoseconds)
    if kind is Timestamp and type(right) is Duration:
        return _moved(left, _checked(-right.nanoseconds, int))
    return no_overload()


def multiply(left: Value, right: Value) -> Value:
    """`left * right`."""
    require("_*_", NUMBERS, left)
    kind = type(left)
    if kind is not type(right):
        no_overload()
    return left * right if kind is float else _checked(int(left) * int(right), kind)


def divide(left: Value, right: Value) -> Value:
    """`left / right`; integers are truncated towards zero."""
    require("_/_", NUMBERS, left)
    kind = type(left)
    if kind is not type(right):
        no_overload()
    if kind is float:
        return _divide_floats(left, right)
    if right == 0:
        raise CelError("division by zero")
    return _checked(_truncated(int(left), int(right)), kind)


def _truncated(left: int, right: int) -> int:
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


def _divide_floats(left: float, right: float) -> float:
    if right != 0:
        return left / right
    if left == 0 or left != left:
        return float("nan")
    negative = (left < 0) != (str(right)[0] == "-")
    return float("-inf") if negative else float("inf")


def modulo(left: Value, right: Value) -> Value:
    """`left % right`, with the sign of `left`."""
    require("_%_", INTEGERS, left)
    kind = type(left)
    if kind is not type(right):
        no_overload()
    if right == 0:
        raise CelError("modulus by zero")
    if left == gotext.MIN_INT and right == -1:
        raise CelError("integer overflow")
    return _checked(int(left) - int(right) * _truncated(int(left), int(right)), kind)


def negate(value: Value) -> Value:
    """`-value`."""
    require("-_", _NEGATABLE, value)
    kind = type(value)
    if kind is bool:
        no_overload()
    if kind is Duration:
        return _duration(-value.nanoseconds)
    return -value if kind is float else _checked(-value, int)


def logical_not(value: Value) -> bool:
    """`!value`."""
    if type(value) is not bool:
        no_overload()
    return not value


def size(value: Value) -> int:
    """`size(value)`: code points, bytes, elements or entries."""
    if isinstance(value, str | bytes | list) or (isinstance(value, MapValue) and value.has_size):
        return len(value)
    if type(value) in RECEIVERS:
        no_overload()
    raise CelError("no such overload: size")


def matches(text: Value, pattern: Value) -> bool:
    """`text.matches(pattern)` with a pattern that isn't constant."""
    require("matches", _STRINGS, text)
    if type(text) is not str or type(pattern) is not str:
        no_overload()
    problem = regex.error(pattern)
    if problem is not None:
        raise CelError(problem)
    return regex.compiled(pattern).matches(text)


def type_of(value: Value) -> TypeValue:
    """`type(value)`."""
    return TypeValue(type_name(value))


def identity(value: Value) -> Value:
    """`dyn(value)`."""
    return value


FUNCTIONS: Final[dict[str, Callable[..., Value]]] = {
    "_+_": add,
    "_-_": subtract,
    "_*_": multiply,
    "_/_": divide,
    "_%_": modulo,
    "-_": negate,
    "!_": logical_not,
    "_<_": relation("_<_", lambda order: order < 0),
    "_<=_": relation("_<=_", lambda order: order <= 0),
    "_>_": relation("_>_", lambda order: order > 0),
    "_>=_": relation("_>=_", lambda order: order >= 0),
    "@in": contained,
    "size": size,
    "matches": matches,
    "type": type_of,
    "dyn": identity,
}
