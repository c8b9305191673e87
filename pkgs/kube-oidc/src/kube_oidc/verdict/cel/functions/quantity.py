"""Quantities (Kubernetes' `pkg/cel/library/quantity.go` and apimachinery's `resource.Quantity`).

As in Go, a quantity has one of two forms, which `isInteger`, `asInteger` and `asApproximateFloat` reveal: an int64 with
a decimal exponent, or, if it doesn't fit, a decimal of any length. Its format (`Gi`, `G`, `e9`) isn't visible in CEL
and isn't kept.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from kube_oidc.verdict.cel.values import CelError, Opaque, takes
from kube_oidc.verdict.undecidable import Undecidable

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
_FAR: Final = 100_000  # Go would take minutes to compute such powers of ten


@dataclass(frozen=True, slots=True)
class Quantity(Opaque):
    """The amount `unscaled * 10**exponent`; `small` if it is an int64 in Go, a `pointer` if it is a sum."""

    unscaled: int
    exponent: int
    small: bool
    pointer: bool = False
    type_name = "kubernetes.Quantity"

    @property
    def go_type(self) -> str:
        """The Go type; that of a sum differs from that of its parts."""
        return "*cel.Quantity" if self.pointer else "cel.Quantity"

    def equals(self, other: object) -> bool:
        """Whether both are the same amount; in Go, a sum on the right side isn't a `Quantity`."""
        if not isinstance(other, Quantity) or other.pointer:
            raise CelError("no such overload")
        return _compare(self, other) == 0

    def at(self, exponent: int) -> int:
        """The unscaled amount at another exponent, which must not be larger."""
        if self.exponent - exponent > _FAR:
            raise Undecidable("a quantity with too many digits")
        return int(self.unscaled * 10 ** (self.exponent - exponent))


def _parse(text: str) -> Quantity:
    shape = _SHAPE.match(text)
    if not text or shape is None:
        raise CelError(_WRONG_FORMAT)
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
    raise Undecidable(f"a quantity of {len(digits)} digits")


def _decimal_exponent(suffix: str) -> int:
    if suffix in _DECIMAL_SUFFIXES:
        return _DECIMAL_SUFFIXES[suffix]
    if not re.fullmatch(r"[eE][+-]?[0-9]+", suffix) or not -(2**63) <= int(suffix[1:21]) < 2**63:
        raise CelError("unable to parse quantity's suffix")
    return (int(suffix[1:]) + 2**31) % 2**32 - 2**31


def _is_short(number: str, fraction: str, binary: int | None) -> bool:
    """Whether Go tries an int64: depends on the number of digits, including those of a binary suffix."""
    if binary is None:
        return len(number) + len(fraction) <= 18
    return not fraction and len(number) + binary * 3 // 10 + 1 <= 15


def _capped(amount: Quantity, binary: bool) -> Quantity:
    """The amount, rounded up to billionths; with a binary suffix, at most the largest int64."""
    if amount.unscaled == 0:
        return amount
    places = _NANO - amount.exponent
    if places > _FAR:
        raise Undecidable("a quantity with too many digits")
    billionths = -(-amount.unscaled // 10**places) if places > 0 else amount.at(_NANO)
    if binary and billionths > _MAX * 10**9:
        return Quantity(_MAX, 0, small=False)
    return Quantity(billionths, _NANO, small=False)


def _compare(one: Quantity, two: Quantity) -> int:
    """-1, 0 or 1."""
    exponent = min(one.exponent, two.exponent)
    return (one.at(exponent) > two.at(exponent)) - (one.at(exponent) < two.at(exponent))


def _as_int64(amount: Quantity) -> int | None:
    """The integer, if it is an int64 in Go with an exponent of at least zero (`1.0` isn't)."""
    if not amount.small or amount.exponent < 0:
        return None
    if amount.unscaled == 0:
        return 0
    value = amount.at(0) if amount.exponent < 20 else 2**64
    return value if -(2**63) <= value <= _MAX else None


def _as_integer(amount: Quantity) -> int:
    """The integer; raises CelError if `isInteger` is false."""
    number = _as_int64(amount)
    if number is None:
        raise CelError("cannot convert value to integer")
    return number


def _as_approximate_float(amount: Quantity) -> float:
    """The nearest double, computed with Go's roundings."""
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
    """`one + factor * two`, in int64 if it fits."""
    if one.small and two.small:
        if two.unscaled == 0:
            return one
        added = (factor * two.unscaled + 2**63) % 2**64 - 2**63  # -(-2**63) overflows to itself in Go
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


def _added(amount: Quantity, other: Quantity | int, factor: int) -> Quantity:
    operand = other if isinstance(other, Quantity) else Quantity(other, 0, small=True)
    return replace(_add(amount, operand, factor), pointer=True)


FUNCTIONS: Final = {
    "string_to_quantity": _parse,
    "is_quantity_string": takes(_parse),
    "quantity_sign": lambda amount: (amount.unscaled > 0) - (amount.unscaled < 0),
    "quantity_is_integer": lambda amount: _as_int64(amount) is not None,
    "quantity_get_int": _as_integer,
    "quantity_get_float": _as_approximate_float,
    **dict.fromkeys(("quantity_add", "quantity_add_int"), partial(_added, factor=1)),
    **dict.fromkeys(("quantity_sub", "quantity_sub_int"), partial(_added, factor=-1)),
    "quantity_compare_to": _compare,
    "quantity_is_greater_than": lambda one, other: _compare(one, other) > 0,
    "quantity_is_less_than": lambda one, other: _compare(one, other) < 0,
}
