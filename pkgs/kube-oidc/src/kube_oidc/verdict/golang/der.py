"""DER elements as Go's `golang.org/x/crypto/cryptobyte` reads them: strictly, and only low tag numbers."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

BOOLEAN: Final = 0x01
INTEGER: Final = 0x02
BIT_STRING: Final = 0x03
OCTET_STRING: Final = 0x04
OBJECT_IDENTIFIER: Final = 0x06
UTC_TIME: Final = 0x17
GENERALIZED_TIME: Final = 0x18
SEQUENCE: Final = 0x30
SET: Final = 0x31
CONTEXT: Final = 0x80
CONSTRUCTED: Final = 0x20

_INT64: Final = range(-(2**63), 2**63)
# What follows the year; seconds are optional in UTCTime.
_TIME: Final = re.compile(rb"(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?(?:Z|([+-])(\d\d)(\d\d))")
_YEAR_400: Final = datetime(400, 1, 1, tzinfo=UTC)
_CYCLE_SECONDS: Final = 146_097 * 86_400  # 400 years
_YEAR_0_TO_1970: Final = 719_528 * 86_400


class DERError(ValueError):
    """The data is invalid; the message is the one that the caller gave."""


class Reader:
    """Reads elements in order; a method raises DERError(`otherwise`) if the next element isn't the expected one."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def __bool__(self) -> bool:
        """Whether anything is left."""
        return bool(self._data)

    def peek(self, tag: int) -> bool:
        """Whether the next element has this tag."""
        return self._data[:1] == bytes([tag])

    def any(self, otherwise: str) -> tuple[int, bytes, bytes]:
        """The next element with any tag: the tag, the whole element, its content."""
        data = self._data
        header = _header(data)
        if header is None or len(data) < sum(header):
            raise DERError(otherwise)
        before, end = header[0], sum(header)
        self._data = data[end:]
        return data[0], data[:end], data[before:end]

    def element(self, tag: int, otherwise: str) -> bytes:
        """The next element with its header."""
        found, element, _ = self.any(otherwise)
        if found != tag:
            raise DERError(otherwise)
        return element

    def content(self, tag: int, otherwise: str) -> bytes:
        """The content of the next element."""
        found, _, content = self.any(otherwise)
        if found != tag:
            raise DERError(otherwise)
        return content

    def inside(self, tag: int, otherwise: str) -> Reader:
        """A reader of the next element's content."""
        return Reader(self.content(tag, otherwise))

    def optional(self, tag: int, otherwise: str) -> Reader | None:
        """A reader of the next element's content, or None if it has another tag."""
        return self.inside(tag, otherwise) if self.peek(tag) else None

    def boolean(self, otherwise: str) -> bool:
        """True (ff) or false (00)."""
        content = self.content(BOOLEAN, otherwise)
        if content not in (b"\x00", b"\xff"):
            raise DERError(otherwise)
        return content == b"\xff"

    def integer(self, otherwise: str, tag: int = INTEGER) -> int:
        """A whole number of any size, in the fewest bytes."""
        content = self.content(tag, otherwise)
        if not content or (
            len(content) > 1 and content[0] in (0, 0xFF) and content[0] >> 7 == content[1] >> 7
        ):
            raise DERError(otherwise)
        return int.from_bytes(content, "big", signed=True)

    def int64(self, otherwise: str, tag: int = INTEGER) -> int:
        """A whole number that fits into Go's `int64`."""
        number = self.integer(otherwise, tag)
        if number not in _INT64:
            raise DERError(otherwise)
        return number

    def oid(self, otherwise: str) -> tuple[int, ...]:
        """An object identifier whose parts are below 2^31."""
        content = self.content(OBJECT_IDENTIFIER, otherwise)
        if not is_oid(content):
            raise DERError(otherwise)
        parts, part = [], 0
        for byte in content:
            part = part << 7 | byte & 0x7F
            if part >= 2**31:
                raise DERError(otherwise)
            if byte < 0x80:
                parts.append(part)
                part = 0
        first = min(parts[0] // 40, 2)
        return (first, parts[0] - 40 * first, *parts[1:])

    def bits(self, otherwise: str) -> bytes:
        """A bit string shifted to the right, so that the unused bits come first."""
        content = self.content(BIT_STRING, otherwise)
        unused, data = content[:1], content[1:]
        number = int.from_bytes(data, "big")
        if not unused or unused[0] > (7 if data else 0) or number & ((1 << unused[0]) - 1):
            raise DERError(otherwise)
        return (number >> unused[0]).to_bytes(len(data), "big")

    def time(self, tag: int, otherwise: str) -> int:
        """A UTCTime or GeneralizedTime, in Unix seconds."""
        seconds = _time(self.content(tag, otherwise), 4 if tag == GENERALIZED_TIME else 2)
        if seconds is None:
            raise DERError(otherwise)
        return seconds


def is_oid(content: bytes) -> bool:
    """Whether `content` is a valid object identifier: complete parts, each in the fewest bytes."""
    if not content or content[-1] >= 0x80:
        return False
    return not any(byte == 0x80 and (at == 0 or content[at - 1] < 0x80) for at, byte in enumerate(content))


def _header(data: bytes) -> tuple[int, int] | None:
    """The lengths of the element's header and content; None if they aren't valid DER."""
    if len(data) < 2 or data[0] & 0x1F == 0x1F:
        return None
    if data[1] < 0x80:
        return 2, data[1]
    size = data[1] & 0x7F
    length = int.from_bytes(data[2 : 2 + size], "big")
    if not 1 <= size <= 4 or len(data) < 2 + size or length < 128 or data[2] == 0:
        return None
    return 2 + size, length


def _time(text: bytes, year_digits: int) -> int | None:
    """Unix seconds; None if Go can't parse the time, or would format it differently (`+0000` as `Z`)."""
    found = _TIME.fullmatch(text, year_digits)
    year = int(text[:year_digits]) if found and text[:year_digits].isdigit() else None
    if found is None or year is None or (year_digits == 4 and found[5] is None):
        return None
    if year_digits == 2:
        year += 1900 if year >= 50 else 2000
    parts = [int(part or 0) for part in found.group(1, 2, 3, 4, 5)]
    hours, minutes = int(found[7] or 0), int(found[8] or 0)
    if hours > 24 or minutes > 59 or (found[6] and not hours + minutes):
        return None
    cycles, year = divmod(year, 400)  # the Gregorian calendar's; `datetime` has no year 0
    try:
        moment = datetime(year + 400, *parts, tzinfo=UTC)  # type: ignore[misc, arg-type]
    except ValueError:
        return None
    east = (hours * 60 + minutes) * (-60 if found[6] == b"-" else 60)
    return (moment - _YEAR_400) // timedelta(seconds=1) + cycles * _CYCLE_SECONDS - _YEAR_0_TO_1970 - east
