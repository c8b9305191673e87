"""Sets of characters: Perl and POSIX classes, Unicode categories, case folding."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import Final

from kube_oidc.verdict.golang.regexp.syntax import Ranges, RegexpError, UnsupportedRegexpError

_DIGIT: Final = ((0x30, 0x39),)
_UPPER: Final = ((0x41, 0x5A),)
_LOWER: Final = ((0x61, 0x7A),)
_WORD: Final = (*_DIGIT, *_UPPER, (0x5F, 0x5F), *_LOWER)
_PERL: Final[dict[str, Ranges]] = {"d": _DIGIT, "s": ((9, 10), (12, 13), (32, 32)), "w": _WORD}
_POSIX: Final[dict[str, Ranges]] = {
    "alnum": (*_DIGIT, *_UPPER, *_LOWER),
    "alpha": (*_UPPER, *_LOWER),
    "ascii": ((0, 0x7F),),
    "blank": ((9, 9), (32, 32)),
    "cntrl": ((0, 0x1F), (0x7F, 0x7F)),
    "digit": _DIGIT,
    "graph": ((0x21, 0x7E),),
    "lower": _LOWER,
    "print": ((0x20, 0x7E),),
    "punct": ((0x21, 0x2F), (0x3A, 0x40), (0x5B, 0x60), (0x7B, 0x7E)),
    "space": ((9, 13), (32, 32)),
    "upper": _UPPER,
    "word": _WORD,
    "xdigit": (*_DIGIT, (0x41, 0x46), (0x61, 0x66)),
}
_CATEGORIES: Final = frozenset(
    {
        "C",
        "Cc",
        "Cf",
        "Co",
        "Cs",
        "L",
        "Ll",
        "Lm",
        "Lo",
        "Lt",
        "Lu",
        "M",
        "Mc",
        "Me",
        "Mn",
        "N",
        "Nd",
        "Nl",
        "No",
    }
    | {"P", "Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "S", "Sc", "Sk", "Sm", "So", "Z", "Zl", "Zp", "Zs"}
)
_BEYOND_ASCII: Final = {"k": 0x212A, "s": 0x17F}  # the Kelvin sign and the long s fold to ASCII letters


def merged(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """The ranges in order, adjacent ones merged."""
    result: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if result and low <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(high, result[-1][1]))
        else:
            result.append((low, high))
    return tuple(result)


def negated(ranges: Ranges) -> Ranges:
    """Every other character."""
    result, following = [], 0
    for low, high in merged(ranges):
        if low > following:
            result.append((following, low - 1))
        following = high + 1
    if following <= sys.maxunicode:
        result.append((following, sys.maxunicode))
    return tuple(result)


def folded(ranges: Ranges) -> Ranges:
    """Adds the other case of every letter; raises UnsupportedRegexpError beyond ASCII."""
    result = list(ranges)
    for low, high in ranges:
        for code in range(low, min(high, 0x7F) + 1):
            letter = chr(code)
            if letter.isalpha():
                result.append((ord(letter.swapcase()),) * 2)
                if letter.lower() in _BEYOND_ASCII:
                    result.append((_BEYOND_ASCII[letter.lower()],) * 2)
        if high > 0x7F and (low, high) != (0x80, sys.maxunicode):
            _require_no_case(max(low, 0x80), high)
    return merged(result)


def _require_no_case(low: int, high: int) -> None:
    if high - low > 0xFF or any(chr(code).lower() != chr(code).upper() for code in range(low, high + 1)):
        raise UnsupportedRegexpError("case-insensitive letters outside ASCII")


def perl(letter: str, fold: bool) -> Ranges:
    """The class of `\\d`, `\\s`, `\\w` or their negations in upper case."""
    positive = folded(_PERL[letter.lower()]) if fold else _PERL[letter.lower()]
    return negated(positive) if letter.isupper() else positive


def posix(name: str, fold: bool) -> Ranges:
    """The class of `[:name:]` or `[:^name:]`, including brackets and colons."""
    inner = name[2:-2]
    positive = _POSIX.get(inner.removeprefix("^"))
    if positive is None:
        raise RegexpError("invalid character class range", name)
    positive = folded(positive) if fold else positive
    return negated(positive) if inner.startswith("^") else positive


def unicode_class(name: str, fold: bool) -> Ranges:
    """The characters of a general category, or `Any`."""
    if name == "Any":
        return ((0, sys.maxunicode),)
    if name not in _CATEGORIES or (fold and name[0] in "LM"):
        raise UnsupportedRegexpError(f"the Unicode class {name}")
    return _category(name)


@cache
def _category(name: str) -> Ranges:
    return merged(
        (code, code)
        for code in range(sys.maxunicode + 1)
        if (category := unicodedata.category(chr(code))).startswith(name) and category != "Cn"
    )
