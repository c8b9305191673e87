"""Resolves plain YAML scalars by the rules of kube-apiserver's YAML library.

Source: `go.yaml.in/yaml/v2` (`resolve.go`): YAML 1.1 with `y`, `on` and `no` as booleans, Go's integer
literals (0x, 0o, 0b, a leading 0 for octal), no base 60, and timestamps that stay strings.
"""

from __future__ import annotations

import base64
import math
import re
from typing import Final

from kube_oidc.verdict.document.node import SyntaxProblem

Scalar = str | int | float | bool | None

TAG_PREFIX: Final = "tag:yaml.org,2002:"
_STR: Final = TAG_PREFIX + "str"
_INT: Final = TAG_PREFIX + "int"
_FLOAT: Final = TAG_PREFIX + "float"
_BOOL: Final = TAG_PREFIX + "bool"
_NULL: Final = TAG_PREFIX + "null"
_TIMESTAMP: Final = TAG_PREFIX + "timestamp"
_BINARY: Final = TAG_PREFIX + "binary"
_MERGE: Final = TAG_PREFIX + "merge"
_RESOLVABLE: Final = frozenset({"", _STR, _BOOL, _INT, _FLOAT, _NULL, _TIMESTAMP})

_WORDS: Final[dict[str, tuple[str, Scalar]]] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), (_BOOL, True)),
    **dict.fromkeys(
        ("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), (_BOOL, False)
    ),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), (_NULL, None)),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), (_FLOAT, math.nan)),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), (_FLOAT, math.inf)),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), (_FLOAT, -math.inf)),
    "<<": (_MERGE, "<<"),
}
_FLOAT_LITERAL: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_DOT_FLOAT: Final = re.compile(r"\.[0-9]+([eE][-+]?[0-9]+)?\Z")
_TIMESTAMP_TEXT: Final = re.compile(
    r"[0-9]{4}-([0-9]{1,2})-([0-9]{1,2})"
    r"(?:[Tt ]([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})([.,][0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})?)?\Z"
)
_BASE64: Final = re.compile("(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_INTEGER: Final = re.compile(r"([+-]?)(0[xX][0-9a-fA-F]+|0[oO]?[0-7]+|0[bB][01]+|[1-9][0-9]*|0)\Z")


def resolve(tag: str, text: str) -> Scalar:
    """The value of a scalar with this tag (`""` for a plain one); raises SyntaxProblem if they don't match."""
    if tag == _BINARY:
        return _binary(text)
    if tag not in _RESOLVABLE:
        return text
    found, value = (_STR, text) if tag == _STR else _guess(tag, text)
    if tag == _FLOAT and found == _INT and isinstance(value, int):
        return float(value)
    if tag not in ("", found, _STR):
        raise SyntaxProblem(f"yaml: cannot decode {_short(found)} `{text}` as a {_short(tag)}")
    return text if found == _TIMESTAMP else value


def _short(tag: str) -> str:
    return "!!" + tag.removeprefix(TAG_PREFIX) if tag.startswith(TAG_PREFIX) else tag


def _binary(text: str) -> str:
    letters = re.sub(r"[\r\n]", "", text)
    if not _BASE64.fullmatch(letters):
        raise SyntaxProblem("yaml: !!binary value contains invalid base64 data")
    return base64.b64decode(letters).decode("utf-8", "surrogateescape")


def _guess(tag: str, text: str) -> tuple[str, Scalar]:
    """The tag and value that a plain scalar's text implies."""
    word = _WORDS.get(text)
    if word is not None:
        return word
    first = text[:1]
    if first == ".":
        return (_FLOAT, float(text)) if _DOT_FLOAT.match(text) else (_STR, text)
    if first not in "+-0123456789" or not first:
        return _STR, text
    if tag in ("", _TIMESTAMP) and _is_timestamp(text):
        return _TIMESTAMP, text
    plain = text.replace("_", "")
    integer = _integer(plain)
    if integer is not None:
        return _INT, integer
    if _FLOAT_LITERAL.match(plain) and not math.isinf(number := float(plain)):
        return _FLOAT, number
    return _STR, text


def _integer(plain: str) -> int | None:
    """Like `strconv.ParseInt(plain, 0, 64)`, then ParseUint; None if both fail."""
    match = _INTEGER.match(plain)
    if match is None:
        return None
    sign, digits = match[1], match[2].lower()
    base = {"0x": 16, "0b": 2, "0o": 8}.get(digits[:2], 8 if digits[0] == "0" and len(digits) > 1 else 10)
    if base == 10 and len(digits) > 20:  # doesn't fit in 64 bits, and may be too long for Python to convert
        return None
    value = int(digits[2:] if digits[:2] in ("0x", "0b", "0o") else digits, base)
    if sign == "-":
        return -value if value <= 2**63 else None
    return value if value < (2**63 if sign else 2**64) else None


def _is_timestamp(text: str) -> bool:
    match = _TIMESTAMP_TEXT.match(text)
    if match is None:
        return False
    month, day, hour, minute, second, _, zone = match.groups()
    if not (1 <= int(month) <= 12 and 1 <= int(day) <= _days(int(text[:4]), int(month))):
        return False
    if hour is None:
        return True
    if (" " in text) == (zone is not None):
        return False
    return int(hour) < 24 and int(minute) < 60 and int(second) < 60


def _days(year: int, month: int) -> int:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31
