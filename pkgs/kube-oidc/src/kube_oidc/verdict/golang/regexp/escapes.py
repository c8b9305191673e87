"""The escape of one character in a pattern (`parseEscape` of Go's `regexp/syntax`)."""

from __future__ import annotations

import re
import sys
from typing import Final

from kube_oidc.verdict.golang.regexp.syntax import RegexpError

_CONTROL: Final = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_OCTAL: Final = re.compile(r"\\(0[0-7]{0,2}|[1-7][0-7]{1,2})")
_HEX: Final = re.compile(r"\\x(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]+)\})")


def escaped_character(pattern: str, position: int) -> tuple[str, int]:
    """The character that the escape at `position` denotes, and the position after it."""
    letter = pattern[position + 1 : position + 2]
    if not letter:
        raise RegexpError("trailing backslash at end of expression", "")
    if letter in _CONTROL:
        return _CONTROL[letter], position + 2
    if letter.isascii() and not letter.isalnum():
        return letter, position + 2
    octal = _OCTAL.match(pattern, position)
    if octal:
        return chr(int(octal[1], 8)), octal.end()
    hexadecimal = _HEX.match(pattern, position)
    if hexadecimal:
        code = int(hexadecimal[1] or hexadecimal[2], 16)
        if code <= sys.maxunicode:
            return chr(code), hexadecimal.end()
    raise RegexpError("invalid escape sequence", pattern[position : _end_of_invalid(pattern, position)])


def _end_of_invalid(pattern: str, position: int) -> int:
    """The position at which Go stops reading an invalid escape."""
    if pattern[position + 1] != "x":
        return position + 2
    braces = re.compile(r"\\x\{([0-9A-Fa-f]*)").match(pattern, position)
    if not braces:
        return min(position + 4, len(pattern))
    for length in range(1, len(braces[1]) + 1):
        if int(braces[1][:length], 16) > sys.maxunicode:
            return braces.start(1) + length
    return min(braces.end() + 1, len(pattern))
