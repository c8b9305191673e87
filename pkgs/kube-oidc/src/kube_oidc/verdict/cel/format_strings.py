"""Splits format strings such as `"%s has %.2f"` into clauses (cel-go's `ext/formatting.go`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kube_oidc.verdict.golang import utf8

_CLAUSES: Final = "sdfebxXo"
Clause = Callable[[int, str, int | None], str]


class FormatStringError(ValueError):
    """The format string or an argument is invalid; `position` is that of the argument, if it is one."""

    def __init__(self, message: str, position: int | None = None) -> None:
        super().__init__(message)
        self.position = position


class FormatError(FormatStringError):
    """A clause can't print its argument."""


def split_format(text: str, size: int, clause: Clause, *, static: bool) -> str:
    """`text` with every clause replaced by `clause(index, letter, precision)`.

    Raises FormatStringError with cel-go's message. With `static` (the check before values are known), a missing
    argument is reported only after the end of the string.
    """
    data = text.encode("utf-8", "surrogatepass")
    result = bytearray()
    position = index = 0
    while position < len(data):
        if data[position] != 0x25:
            result.append(data[position])
            position += 1
            continue
        if data[position + 1 : position + 2] == b"%":
            result += b"%"
            position += 2
            continue
        if not static and index >= size:
            raise FormatStringError(f"index {index} out of range")
        if position + 1 >= len(data):
            raise FormatStringError("unexpected end of string")
        if index >= size:
            raise FormatStringError(f"index {index} out of range")
        position, letter, precision = _clause(data, position + 1)
        try:
            result += clause(index, letter, precision).encode("utf-8", "surrogatepass")
        except FormatStringError as error:
            raise FormatStringError(f"error during formatting: {error}", error.position) from error
        index += 1
    return utf8.decoded(bytes(result))


def _clause(data: bytes, position: int) -> tuple[int, str, int | None]:
    precision: int | None = None
    if data[position] == 0x2E:
        start = position = position + 1
        while position < len(data) and 0x30 <= data[position] <= 0x39:
            position += 1
        if position >= len(data):
            raise _clause_error("error while parsing precision: could not find end of precision specifier")
        digits = data[start:position].decode()
        reason = (
            "invalid syntax" if not digits else "value out of range" if int(digits[:40]) >= 1 << 63 else ""
        )
        if reason:
            raise _clause_error(
                "error while parsing precision: error while converting precision to integer: "
                f'strconv.Atoi: parsing "{digits}": {reason}'
            )
        precision = int(digits)
    letter = chr(data[position])
    if letter not in _CLAUSES:
        raise _clause_error(f'unrecognized formatting clause "{letter}"')
    return position + 1, letter, precision


def _clause_error(message: str) -> FormatStringError:
    return FormatStringError(f"could not parse formatting clause: {message}")
