"""Values of numbers and quoted strings in an expression (cel-go's `parser/unescape.go`)."""

from __future__ import annotations

import re
from typing import Final

from kube_oidc.verdict.cel.values import Uint

_SIMPLE: Final = {
    "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
    "\\": "\\", "'": "'", '"': '"', "`": "`", "?": "?",
}  # fmt: skip
_ESCAPE: Final = re.compile(r"\\(?:[xX](..)|u(....)|U(.{8})|([0-3]..)|(.))", re.DOTALL)


class LiteralError(ValueError):
    """The literal matches the grammar but has no valid value; the message is cel-go's."""


def integer(text: str) -> int:
    """A signed 64-bit number, decimal or `0x`."""
    value = _number(text)
    if not -(1 << 63) <= value < 1 << 63:
        raise LiteralError("invalid int literal")
    return value


def unsigned(text: str) -> Uint:
    """An unsigned 64-bit number with its `u`."""
    value = _number(text[:-1])
    if value >= 1 << 64:
        raise LiteralError("invalid uint literal")
    return Uint(value)


def _number(text: str) -> int:
    sign = -1 if text.startswith("-") else 1
    digits = text.removeprefix("-")
    if digits.startswith("0x"):
        return sign * int(digits[2:], 16)
    if len(digits) > 4000:  # Python refuses to convert such long numbers; none of them fits
        digits = digits.lstrip("0") or "0"
        digits = digits[:30]
    return sign * int(digits)


def double(text: str) -> float:
    """A 64-bit floating point number; raises LiteralError if it is too large."""
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise LiteralError("invalid double literal")
    return value


def string(text: str, *, lenient: bool) -> str:
    """A quoted string with escapes resolved; if `lenient`, half a surrogate pair becomes U+FFFD."""
    body, raw = _body(text)
    if raw or "\\" not in body:
        return body
    return _ESCAPE.sub(lambda match: _character(match, lenient=lenient), body)


def octets(text: str) -> bytes:
    """A quoted byte string without its leading `b`; `\\xff` and `\\377` are bytes, not code points."""
    body, raw = _body(text)
    if raw or "\\" not in body:
        return body.encode("utf-8", "surrogatepass")
    result = bytearray()
    position = 0
    for match in _ESCAPE.finditer(body):
        result += body[position : match.start()].encode("utf-8", "surrogatepass") + _byte(match)
        position = match.end()
    return bytes(result + body[position:].encode("utf-8", "surrogatepass"))


def _body(text: str) -> tuple[str, bool]:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    raw = text[0] in "rR"
    if raw:
        text = text[1:]
    width = 3 if len(text) >= 6 and text[:3] in ('"""', "'''") else 1
    return text[width:-width], raw


def _character(match: re.Match[str], *, lenient: bool) -> str:
    hexadecimal = match[1] or match[2] or match[3]
    if hexadecimal is None and match[4] is None:
        return _SIMPLE[match[5]]
    code = int(hexadecimal, 16) if hexadecimal else int(match[4], 8)
    if lenient and code > 0x10FFFF:
        raise LiteralError("unable to unescape string")
    if lenient and 0xD800 <= code <= 0xDFFF:
        return "\ufffd"
    if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        raise LiteralError("invalid unicode code point")
    return chr(code)


def _byte(match: re.Match[str]) -> bytes:
    if match[2] or match[3]:
        raise LiteralError("unable to unescape string")
    if match[1]:
        return bytes([int(match[1], 16)])
    if match[4]:
        return bytes([int(match[4], 8)])
    return _SIMPLE[match[5]].encode()
