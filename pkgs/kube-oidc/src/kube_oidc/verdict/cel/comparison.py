"""Order, equality and membership of values by cel-go's rules.

Source: `Compare`, `Equal` and `Contains` of the value types in `common/types`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NoReturn

from kube_oidc.verdict.cel.values import (
    CelError,
    Duration,
    MapValue,
    Opaque,
    Optional,
    Timestamp,
    TypeValue,
    Uint,
    held,
)

NUMBERS: Final = frozenset({int, float, Uint})
INTEGERS: Final = frozenset({int, Uint})
_COMPARABLE: Final = frozenset({bool, bytes, float, Duration, int, str, Timestamp, Uint})
RECEIVERS: Final = frozenset({str, Duration, Timestamp})
Value = Any


def no_overload() -> NoReturn:
    """The error for operands without an overload."""
    raise CelError("no such overload")


def require(function: str, kinds: frozenset[type], value: Value) -> None:
    """Raises cel-go's error if the first operand doesn't support the operation."""
    kind = type(value)
    if kind not in kinds and not (list in kinds and isinstance(value, list)):
        raise CelError("no such overload" if kind in RECEIVERS else f"no such overload: {function}")


def compare(left: Value, right: Value) -> int:
    """-1, 0 or 1; numbers of different types are comparable."""
    kind = type(left)
    if kind in NUMBERS:
        if type(right) not in NUMBERS:
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
    if type(left) is float and type(right) in INTEGERS:
        return -_compare_integer(right, left)
    if type(right) is float and type(left) in INTEGERS:
        return _compare_integer(left, right)
    return int(left > right) - int(left < right)


def _compare_integer(integer: int, number: float) -> int:
    """Like cel-go: first checks the integer's range, then compares both as floating point."""
    low, high = (0.0, 2.0**64) if type(integer) is Uint else (-(2.0**63), 2.0**63)
    if number < low:
        return 1
    if number > high:
        return -1
    rounded = float(integer)
    return (rounded > number) - (rounded < number)


def relation(function: str, holds: Callable[[int], bool]) -> Callable[[Value, Value], bool]:
    def holds_between(left: Value, right: Value) -> bool:
        require(function, _COMPARABLE, left)
        return holds(compare(left, right))

    return holds_between


def equal(left: Value, right: Value) -> bool:
    """`left == right`; values of different types are unequal, except for numbers."""
    kind = type(left)
    if kind is str:
        return type(right) is str and left == right
    if left is None or right is None:
        return left is right
    if kind in NUMBERS:
        if type(right) not in NUMBERS or left != left or right != right:
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
    if isinstance(left, Opaque):
        return left.equals(right)
    no_overload()


def _element_equal(left: Value, right: Value) -> bool:
    """Inside lists and maps, an error counts as equal: cel-go only checks for false."""
    try:
        return equal(left, right)
    except CelError:
        return True


def _optional_equal(left: Optional, right: Optional) -> bool:
    if not left.present or not right.present:
        return left.present == right.present
    return equal(held(left), held(right))


def not_equal(left: Value, right: Value) -> bool:
    """`left != right`; values that can't be compared are unequal."""
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
