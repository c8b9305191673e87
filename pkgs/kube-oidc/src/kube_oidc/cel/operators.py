"""Operators and the functions that cel-go binds to a whole function rather than to one overload.

Source: `common/stdlib/standard.go` and the value types in `common/types`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NoReturn

from kube_oidc.cel import gotext, regex
from kube_oidc.cel.conversions import in_range
from kube_oidc.cel.values import (
    POINTER,
    CelError,
    Duration,
    MapValue,
    Optional,
    Timestamp,
    TypeValue,
    Uint,
    type_name,
)

_NUMBERS: Final = frozenset({int, float, Uint})
_INTEGERS: Final = frozenset({int, Uint})
_COMPARABLE: Final = frozenset({bool, bytes, float, Duration, int, str, Timestamp, Uint})
_ADDABLE: Final = frozenset({bytes, float, Duration, int, list, str, Timestamp, Uint})
_SUBTRACTABLE: Final = frozenset({float, Duration, int, Timestamp, Uint})
_NEGATABLE: Final = frozenset({bool, float, Duration, int})
_STRINGS: Final = frozenset({str})
_RECEIVERS: Final = frozenset({str, Duration, Timestamp})
Value = Any


def no_overload() -> NoReturn:
    """The error for operands that no overload takes."""
    raise CelError("no such overload")


def _require(function: str, kinds: frozenset[type], value: Value) -> None:
    """cel-go looks at the first operand's abilities before it calls, and words it so."""
    kind = type(value)
    if kind not in kinds and not (list in kinds and isinstance(value, list)):
        raise CelError("no such overload" if kind in _RECEIVERS else f"no such overload: {function}")


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
    _require("_+_", _ADDABLE, left)
    if kind is type(right):
        if kind in _INTEGERS:
            return _checked(int(left) + int(right), kind)
        if kind in (float, bytes):
            return left + right
        if kind is Duration:
            return _duration(left.nanoseconds + right.nanoseconds)
    if isinstance(left, list) and isinstance(right, list):
        return right if not left else left if not right else [*left, *right]
    if kind is Duration and type(right) is Timestamp:
        return _moved(right, left.nanoseconds)
    if kind is Timestamp and type(right) is Duration:
        return _moved(left, right.nanoseconds)
    no_overload()


def _moved(time: Timestamp, nanoseconds: int) -> Timestamp:
    return in_range(Timestamp(time.nanoseconds + nanoseconds, time.offset))


def subtract(left: Value, right: Value) -> Value:
    """`left - right`."""
    _require("_-_", _SUBTRACTABLE, left)
    kind = type(left)
    if kind is type(right):
        if kind in _INTEGERS:
            return _checked(int(left) - int(right), kind)
        if kind is float:
            return left - right
        return _duration(left.nanoseconds - right.nanoseconds)
    if kind is Timestamp and type(right) is Duration:
        return _moved(left, _checked(-right.nanoseconds, int))
    no_overload()


def multiply(left: Value, right: Value) -> Value:
    """`left * right`."""
    _require("_*_", _NUMBERS, left)
    kind = type(left)
    if kind is not type(right):
        no_overload()
    return left * right if kind is float else _checked(int(left) * int(right), kind)


def divide(left: Value, right: Value) -> Value:
    """`left / right`; integers are cut towards zero."""
    _require("_/_", _NUMBERS, left)
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
    _require("_%_", _INTEGERS, left)
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
    _require("-_", _NEGATABLE, value)
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


def compare(left: Value, right: Value) -> int:
    """-1, 0 or 1; numbers compare across their types."""
    kind = type(left)
    if kind in _NUMBERS:
        if type(right) not in _NUMBERS:
            if left != left:
                raise CelError("NaN values cannot be ordered")
            no_overload()
        if left != left or right != right:
            raise CelError("NaN values cannot be ordered")
        return _compare_numbers(left, right)
    if kind is not type(right):
        no_overload()
    if kind is str:
        left, right = left.encode("utf-8", "surrogatepass"), right.encode("utf-8", "surrogatepass")
    elif kind in (Duration, Timestamp):
        left, right = left.nanoseconds, right.nanoseconds
    return int(left > right) - int(left < right)


def _compare_numbers(left: Value, right: Value) -> int:
    if type(left) is float and type(right) in _INTEGERS:
        return -_compare_integer(right, left)
    if type(right) is float and type(left) in _INTEGERS:
        return _compare_integer(left, right)
    return int(left > right) - int(left < right)


def _compare_integer(integer: int, number: float) -> int:
    """As cel-go does it: out of the integer's range first, then both as floating point."""
    low, high = (0.0, 2.0**64) if type(integer) is Uint else (-(2.0**63), 2.0**63)
    if number < low:
        return 1
    if number > high:
        return -1
    rounded = float(integer)
    return (rounded > number) - (rounded < number)


def _relation(function: str, holds: Callable[[int], bool]) -> Callable[[Value, Value], bool]:
    def relation(left: Value, right: Value) -> bool:
        _require(function, _COMPARABLE, left)
        return holds(compare(left, right))

    return relation


def equal(left: Value, right: Value) -> bool:
    """`left == right`; values of different types are unequal, numbers equal across types."""
    kind = type(left)
    if kind is str:
        return type(right) is str and left == right
    if left is None or right is None:
        return left is right
    if kind in _NUMBERS:
        if type(right) not in _NUMBERS or left != left or right != right:
            return False
        return _compare_numbers(left, right) == 0
    if isinstance(left, list):
        return isinstance(right, list) and len(left) == len(right) and all(map(_element_equal, left, right))
    if isinstance(left, MapValue):
        return left.equals(right, _element_equal)
    if kind is Optional:
        return type(right) is Optional and _optional_equal(left, right)
    if kind is Timestamp:
        return type(right) is Timestamp and left.nanoseconds == right.nanoseconds
    if kind is TypeValue:
        return type(right) is TypeValue and left.name == right.name
    if kind in (bool, bytes, Duration):
        return kind is type(right) and bool(left == right)
    return _same_object(left, right)


def _same_object(left: Value, right: Value) -> bool:
    """Kubernetes' types compare with their own kind only; a sum of quantities on the right is no `Quantity` in Go."""
    if not isinstance(right, dict) or type_name(left) != type_name(right) or right.get(POINTER):
        no_overload()
    return bool(left == right)


def _element_equal(left: Value, right: Value) -> bool:
    """Inside lists and maps an error counts as equal: cel-go only looks for a plain false."""
    try:
        return equal(left, right)
    except CelError:
        return True


def _optional_equal(left: Optional, right: Optional) -> bool:
    if not left.present or not right.present:
        return left.present == right.present
    return equal(left.value, right.value)


def not_equal(left: Value, right: Value) -> bool:
    """`left != right`; what cannot be compared is unequal."""
    try:
        return not equal(left, right)
    except CelError:
        return True


def contained(element: Value, container: Value) -> bool:
    """`element in container`."""
    if isinstance(container, list):
        return any(_found(element, item) for item in container)
    if isinstance(container, MapValue):
        return container.contains(element)
    no_overload()


def _found(element: Value, item: Value) -> bool:
    try:
        return equal(element, item)
    except CelError:
        return False


def size(value: Value) -> int:
    """`size(value)`: code points, bytes, elements or entries."""
    if isinstance(value, str | bytes | list) or (isinstance(value, MapValue) and value.has_size):
        return len(value)
    if type(value) in _RECEIVERS:
        no_overload()
    raise CelError("no such overload: size")


def matches(text: Value, pattern: Value) -> bool:
    """`text.matches(pattern)`; a constant pattern is compiled before."""
    _require("matches", _STRINGS, text)
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
    "_<_": _relation("_<_", lambda order: order < 0),
    "_<=_": _relation("_<=_", lambda order: order <= 0),
    "_>_": _relation("_>_", lambda order: order > 0),
    "_>=_": _relation("_>=_", lambda order: order >= 0),
    "@in": contained,
    "size": size,
    "matches": matches,
    "type": type_of,
    "dyn": identity,
}
