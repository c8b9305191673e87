"""Quantities (Kubernetes' `pkg/cel/library/quantity.go` and apimachinery's `resource.Quantity`).

As in Go, a quantity is held in one of two forms, and `isInteger`, `asInteger` and `asApproximateFloat` show
which: an int64 with a decimal exponent, or, where that cannot hold it, a decimal of any length. Its format
(`Gi`, `G`, `e9`) cannot be seen from CEL and is not kept.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from kube_oidc.cel.libraries.values import (
    TYPE,
    LibraryError,
    Opaque,
    Unsupported,
    integer,
    is_opaque,
    opaque,
    string,
)

QUANTITY_TYPE = "kubernetes.Quantity"
_DECIMAL_SUFFIXES: Final = {
    "": 0, "n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18,
}  # fmt: skip
_BINARY_SUFFIXES: Final = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
_SHAPE: Final = re.compile(
    r"(?P<sign>[+-]?)0*(?P<number>[0-9]*)(?:\.(?P<fraction>[0-9]*))?"
    r"(?P<suffix>[eEinumkKMGTP]*[-+]?[0-9]*)\Z"
)
_WRONG_FORMAT: Final = (
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
)
_NANO: Final = -9
_MAX: Final = 2**63 - 1
_FAR: Final = 100_000  # powers of ten that Go would compute too, for minutes


@dataclass(frozen=True, slots=True)
class Quantity:
    """The amount `unscaled * 10**exponent`; `small` while Go holds it as an int64."""

    unscaled: int
    exponent: int
    small: bool

    def at(self, exponent: int) -> int:
        """The unscaled amount at an exponent that is not above its own."""
        if self.exponent - exponent > _FAR:
            raise Unsupported("a quantity of more digits than can be computed")
        return int(self.unscaled * 10 ** (self.exponent - exponent))


def _parse(text: str) -> Quantity:
    shape = _SHAPE.match(text)
    if not text or shape is None:
        raise LibraryError(_WRONG_FORMAT)
    number, fraction = shape["number"] or "0", shape["fraction"] or ""
    negative, suffix = shape["sign"] == "-", shape["suffix"]
    binary = _BINARY_SUFFIXES.get(suffix)
    exponent = 0 if binary is not None else _decimal_exponent(suffix)
    factor = 1 << (binary or 0)
    magnitude = int(number + fraction) if len(number + fraction) < 4000 else _long(number + fraction)
    if _is_short(number, fraction, binary) and exponent - len(fraction) >= _NANO:
        value = magnitude * factor
        if value <= _MAX:
            return Quantity(-value if negative else value, exponent - len(fraction), small=True)
    long = Quantity(magnitude * factor, exponent - len(fraction), small=False)
    capped = _capped(long, binary is not None)
    return Quantity(-capped.unscaled if negative else capped.unscaled, capped.exponent, small=False)


def _long(digits: str) -> int:
    raise Unsupported(f"a quantity of {len(digits)} digits")


def _decimal_exponent(suffix: str) -> int:
    if suffix in _DECIMAL_SUFFIXES:
        return _DECIMAL_SUFFIXES[suffix]
    if not re.fullmatch(r"[eE][+-]?[0-9]+", suffix) or not -(2**63) <= int(suffix[1:21]) < 2**63:
        raise LibraryError("unable to parse quantity's suffix")
    return (int(suffix[1:]) + 2**31) % 2**32 - 2**31


def _is_short(number: str, fraction: str, binary: int | None) -> bool:
    """Whether Go tries an int64: by the count of digits, and of those that the binary suffix brings."""
    if binary is None:
        return len(number) + len(fraction) <= 18
    return not fraction and len(number) + binary * 3 // 10 + 1 <= 15


def _capped(amount: Quantity, binary: bool) -> Quantity:
    """Rounded up to billionths; with a binary suffix, at most the largest int64."""
    if amount.unscaled == 0:
        return amount
    places = _NANO - amount.exponent
    if places > _FAR:
        raise Unsupported("a quantity of more digits than can be computed")
    billionths = -(-amount.unscaled // 10**places) if places > 0 else amount.at(_NANO)
    if binary and billionths > _MAX * 10**9:
        return Quantity(_MAX, 0, small=False)
    return Quantity(billionths, _NANO, small=False)


def _value(amount: Quantity) -> Opaque:
    digits = str(abs(amount.unscaled)) if amount.unscaled else "0"
    stripped = digits.rstrip("0")
    exponent = amount.exponent + len(digits) - len(stripped) if stripped else 0
    sign = "-" if amount.unscaled < 0 else ""
    fields = {".unscaled": str(amount.unscaled), ".exponent": amount.exponent, ".small": amount.small}
    return Opaque({TYPE: QUANTITY_TYPE, "amount": f"{sign}{stripped or 0}e{exponent}", **fields})


def _amount(value: object) -> Quantity:
    fields = opaque(value, QUANTITY_TYPE)
    return Quantity(int(fields[".unscaled"]), fields[".exponent"], fields[".small"])


def quantity(text: object) -> Opaque:
    """The quantity of its text."""
    return _value(_parse(string(text)))


def is_quantity(text: object) -> bool:
    """Whether `quantity` takes the text."""
    text = string(text)
    try:
        _parse(text)
    except LibraryError:
        return False
    return True


def sign(value: object) -> int:
    """-1, 0 or 1."""
    unscaled = _amount(value).unscaled
    return (unscaled > 0) - (unscaled < 0)


def compare(value: object, other: object) -> int:
    """-1, 0 or 1."""
    one, two = _amount(value), _amount(other)
    exponent = min(one.exponent, two.exponent)
    return (one.at(exponent) > two.at(exponent)) - (one.at(exponent) < two.at(exponent))


def _as_int64(amount: Quantity) -> int | None:
    """The integer, if Go holds an int64 whose exponent is not below zero (`1.0` is none)."""
    if not amount.small or amount.exponent < 0:
        return None
    if amount.unscaled == 0:
        return 0
    value = amount.at(0) if amount.exponent < 20 else 2**64
    return value if -(2**63) <= value <= _MAX else None


def as_integer(value: object) -> int:
    """The integer; an error where `isInteger` is false."""
    number = _as_int64(_amount(value))
    if number is None:
        raise LibraryError("cannot convert value to integer")
    return number


def as_approximate_float(value: object) -> float:
    """The nearest double, computed with Go's roundings."""
    amount = _amount(value)
    try:
        base = float(amount.unscaled)
    except OverflowError:
        base = math.inf if amount.unscaled > 0 else -math.inf
    return base if amount.exponent == 0 else base * _power_of_ten(amount.exponent)


def _power_of_ten(exponent: int) -> float:
    """Go's `math.Pow10`."""
    if exponent < -323:
        return 0.0
    if exponent > 308:
        return math.inf
    high, low = divmod(abs(exponent), 32)
    if exponent < 0:
        return float(f"1e-{32 * high}") / float(f"1e{low}")
    return float(f"1e{32 * high}") * float(f"1e{low}")


def _add(one: Quantity, two: Quantity, factor: int) -> Quantity:
    """`one + factor * two`, in int64 as long as that holds it."""
    if one.small and two.small:
        if two.unscaled == 0:
            return one
        added = (factor * two.unscaled + 2**63) % 2**64 - 2**63  # -(-2**63) is itself in Go
        if one.unscaled == 0:
            return Quantity(added, two.exponent, small=True)
        total = _sum(one, Quantity(added, two.exponent, small=True))
        if total is not None:
            return total
    exponent = min(one.exponent, two.exponent)
    return Quantity(one.at(exponent) + factor * two.at(exponent), exponent, small=False)


def _sum(one: Quantity, two: Quantity) -> Quantity | None:
    exponent = min(one.exponent, two.exponent)
    if abs(one.exponent - two.exponent) > 20:
        return None
    numbers = one.at(exponent), two.at(exponent)
    if all(-(2**63) <= number <= _MAX for number in (*numbers, sum(numbers))):
        return Quantity(sum(numbers), exponent, small=True)
    return None


def _operand(value: object) -> Quantity:
    return _amount(value) if is_opaque(value, QUANTITY_TYPE) else Quantity(integer(value), 0, small=True)


def add(value: object, other: object) -> Opaque:
    """The sum of the quantity and a quantity or an int."""
    return _value(_add(_amount(value), _operand(other), 1))


def sub(value: object, other: object) -> Opaque:
    """The quantity less a quantity or an int."""
    return _value(_add(_amount(value), _operand(other), -1))


FUNCTIONS: Final[dict[str, Callable[..., object]]] = {
    "quantity": quantity,
    "isQuantity": is_quantity,
    "sign": sign,
    "isInteger": lambda value: _as_int64(_amount(value)) is not None,
    "asInteger": as_integer,
    "asApproximateFloat": as_approximate_float,
    "add": add,
    "sub": sub,
}
