"""Go's `%q` and related formats, in which kube-apiserver's errors show values."""

from __future__ import annotations

import json
import math
import struct
from typing import Final

from kube_oidc.verdict.golang.printing import is_print

_SHORT: Final = {
    "\a": "\\a",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\v": "\\v",
    '"': '\\"',
    "\\": "\\\\",
}


def quote(text: str) -> str:
    """`text` as `strconv.Quote` prints it, quotation marks included."""
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return '"' + "".join(_quoted(character) for character in text) + '"'


def _quoted(character: str) -> str:
    if character in _SHORT:
        return _SHORT[character]
    code = ord(character)
    if is_print(character):
        return character
    if code < 0x20 or code == 0x7F:
        return f"\\x{code:02x}"
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is not UTF-8, kept by surrogateescape
        return f"\\x{code - 0xDC00:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def go_syntax(value: object) -> str:
    """A value decoded from YAML as Go's `%#v` prints it."""
    match value:
        case str():
            return quote(value)
        case bool():
            return "true" if value else "false"
        case int():
            return f"{value:#x}" if value >= 2**63 else str(value)
        case float():
            return _double(value)
        case None:
            return "interface {}(nil)"
        case list():
            return "[]interface {}{" + ", ".join(go_syntax(item) for item in value) + "}"
        case dict():
            entries = (f"{go_syntax(key)}:{go_syntax(item)}" for key, item in value.items())
            return "map[interface {}]interface {}{" + ", ".join(entries) + "}"
    return str(value)


def _double(value: float) -> str:
    """As `strconv.FormatFloat(value, 'g', -1, 64)`."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return _general(value, next(n for n in range(1, 18) if float(f"{value:.{n}g}") == value))


def _general(value: float, digits: int) -> str:
    """With this many digits, and an exponent below 1e-4 and from 1e6."""
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    power = int(exponent)
    if -4 <= power < 6:
        return f"{float(f'{value:.{digits}g}'):.{max(digits - 1 - power, 0)}f}"
    return f"{mantissa}e{'-' if power < 0 else '+'}{abs(power):02}"


def json_string(text: str) -> str:
    """`text` as Go's `encoding/json` writes it, HTML escaping included."""
    shown = json.dumps(text, ensure_ascii=False)
    for character in "<>&\u2028\u2029":
        shown = shown.replace(character, f"\\u{ord(character):04x}")
    return shown


def float32_text(value: float) -> str:
    """As `strconv.FormatFloat(value, 'g', -1, 32)`, with YAML's names for infinity and NaN."""
    if math.isnan(value):
        return ".nan"
    try:
        single = struct.unpack("f", struct.pack("f", value))[0]
    except OverflowError:
        single = math.copysign(math.inf, value)
    if math.isinf(single):
        return ".inf" if value > 0 else "-.inf"
    digits = next(
        n for n in range(1, 10) if struct.unpack("f", struct.pack("f", float(f"{single:.{n}g}")))[0] == single
    )
    return _general(single, digits)
