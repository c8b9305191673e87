"""`"...".format([...])` at run time (cel-go's `ext/formatting.go`)."""

from __future__ import annotations

from typing import Any, Final

from kube_oidc.verdict.cel import conversions, gotext
from kube_oidc.verdict.cel.format_strings import FormatError, FormatStringError, split_format
from kube_oidc.verdict.cel.values import CelError, Duration, MapValue, Timestamp, TypeValue, Uint, type_name
from kube_oidc.verdict.golang.quote import quote
from kube_oidc.verdict.undecidable import Undecidable

_NUMBERS: Final = frozenset({"NaN", "Infinity", "-Infinity"})
_DEFAULT_PRECISION: Final = 6
_MAX_DECIMALS: Final = 100
_COMPLAINTS: Final = {
    "s": "string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, "
    "and timestamps",
    "d": "decimal clause can only be used on integers",
    "f": "fixed-point clause can only be used on doubles",
    "e": "scientific clause can only be used on doubles",
    "b": "only integers and bools can be formatted as binary",
    "x": "only integers, byte buffers, and strings can be formatted as hex",
    "X": "only integers, byte buffers, and strings can be formatted as hex",
    "o": "octal clause can only be used on integers",
}


def format_string(text: str, arguments: list[Any], times: str = "×") -> str:
    """`text` with its clauses filled in; `times` precedes the power of ten of `%e`."""

    def clause(index: int, letter: str, precision: int | None) -> str:
        filled = _clause(arguments[index], letter, _DEFAULT_PRECISION if precision is None else precision)
        return filled.replace("×", times) if letter == "e" else filled

    try:
        return split_format(text, len(arguments), clause, static=False)
    except FormatStringError as error:
        raise CelError(str(error)) from error


def _clause(value: Any, letter: str, precision: int) -> str:
    match letter:
        case "s":
            return _text(value)
        case "d" if type(value) in (int, Uint):
            return str(int(value))
        case "f" | "e" if type(value) is float or (type(value) is str and value in _NUMBERS):
            return _number(conversions.to_double(value), letter, precision)
        case "b" if type(value) is bool:
            return "1" if value else "0"
        case "b" if type(value) in (int, Uint):
            return f"{int(value):b}"
        case "o" if type(value) in (int, Uint):
            return f"{int(value):o}"
        case "x" | "X" if type(value) in (int, Uint):
            return f"{int(value):{letter}}"
        case "x" | "X" if type(value) in (str, bytes):
            digits = (value if type(value) is bytes else value.encode("utf-8", "surrogatepass")).hex()
            return digits.upper() if letter == "X" else digits
    raise _refused(letter, value)


def _refused(letter: str, value: Any) -> FormatError:
    return FormatError(f"{_COMPLAINTS[letter]}, was given {type_name(value)}")


def _number(value: float, letter: str, precision: int) -> str:
    """A number as `golang.org/x/text/message` prints it in English: thousands separators, `×10` with an exponent.

    cel-go uses the precision of `%.2e` as a width, so there are always six digits.
    """
    width = precision if letter == "e" else 0
    value = value or 0.0  # it prints no negative zero
    if value != value:
        return "NaN".rjust(width)
    if value in (float("inf"), float("-inf")):
        return ("∞" if value > 0 else "-∞").rjust(width)
    if letter == "f" and precision > _MAX_DECIMALS:
        raise Undecidable(f"{precision} decimals")
    if letter == "f":
        return f"{value:,.{precision}f}"
    mantissa, _, exponent = f"{value:.6e}".partition("e")
    return f"{mantissa}×10{_raised(exponent)}".rjust(width)


def _raised(exponent: str) -> str:
    sign = "⁻" if exponent.startswith("-") else ""
    digits = exponent.lstrip("+-")
    return sign + digits.translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))


def _text(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_quoted(item) for item in value)}]"
    if isinstance(value, MapValue) and value.has_size:
        entries = sorted((_key(key), _quoted(value.find(key))) for key in value.keys())
        return "{" + ", ".join(f"{key}:{item}" for key, item in entries) + "}"
    if isinstance(value, TypeValue):
        return value.name
    if value is None or isinstance(value, bool | int | float | str | bytes | Timestamp | Duration):
        return _converted(value)
    raise _refused("s", value)


def _converted(value: Any) -> str:
    try:
        return conversions.to_string(value)
    except CelError as error:
        raise FormatStringError(f"could not convert argument {quote(str(error))} to string") from error


def _key(key: Any) -> str:
    if isinstance(key, str):
        return quote(key)
    if isinstance(key, bool | int):
        return conversions.to_string(key)
    raise FormatStringError(f"no formatting function for map key of type {type_name(key)}")


def _quoted(value: Any) -> str:
    """A value inside a list or map: as a CEL literal."""
    match value:
        case str():
            return quote(value)
        case bytes():
            return f"b{quote(_converted(value))}"
        case Timestamp():
            return f"timestamp({quote(conversions.to_string(value))})"
        case Duration():
            return f"duration({quote(conversions.to_string(value))})"
        case float():
            text = f"{value:.6f}" if abs(value) < float("inf") else gotext.format_g(value)
            return quote(text) if abs(value) == float("inf") or value != value else text
    if isinstance(value, list | MapValue | TypeValue | int) or value is None:
        return _text(value)
    raise FormatStringError(f"no formatting function for {type_name(value)}")
