"""Decodes bytes into characters chunk by chunk, like kube-apiserver's YAML reader.

An invalid byte is an error only when the reader reaches its chunk, so a YAML error before that chunk is reported
instead. Source: `go.yaml.in/yaml/v2` (`readerc.go`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

END: Final = "\0"  # after the text
BROKEN: Final = "\uffff"  # after what was read, if the next chunk can't be decoded; never in a text

_PIECE: Final = 512
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_UTF_8_BOM: Final = b"\xef\xbb\xbf"
_UTF_16: Final = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_LEAST: Final = {1: 0, 2: 0x80, 3: 0x800, 4: 0x10000}


@dataclass(frozen=True, slots=True)
class Characters:
    """`text` ends with END, or with BROKEN if the next chunk is invalid; `problem` is then the reader's error."""

    text: str
    problem: str = ""


def characters(data: bytes) -> Characters:
    """Decodes a file in UTF-8, or in UTF-16 if it has a byte order mark."""
    encoding = _UTF_16.get(data[:2], "utf-8")
    start = 2 if encoding != "utf-8" else 3 if data.startswith(_UTF_8_BOM) else 0
    body = data[start:]
    try:
        text, bad, problem = body.decode(encoding), len(body), ""
    except UnicodeDecodeError as error:
        bad = error.start
        text = body[:bad].decode(encoding)
        problem = _utf_8_problem(body, bad) if encoding == "utf-8" else _utf_16_problem(body, bad, encoding)
    forbidden = _FORBIDDEN.search(text)
    if forbidden is not None:
        bad, problem = len(text[: forbidden.start()].encode(encoding)), "control characters are not allowed"
    if not problem:
        return Characters(text + END)
    if problem.startswith("incomplete"):  # at the end, where the reader waits for more input
        return Characters(text + BROKEN, problem)
    piece = _piece_with(data, start + bad, encoding) - start
    return Characters(body[: max(piece, 0)].decode(encoding) + BROKEN, problem)


def _piece_with(data: bytes, bad: int, encoding: str) -> int:
    """The start of the chunk that contains the character at `bad`."""
    start = 0
    while True:
        end = start + _PIECE
        if end >= len(data):
            return start
        end = _whole(data, end, encoding)
        if bad < end:
            return start
        start = end


def _whole(data: bytes, end: int, encoding: str) -> int:
    """The end of the last complete character before `end`."""
    if encoding == "utf-8":
        for back in range(1, 4):
            if data[end - back] & 0xC0 != 0x80:
                return end - back if _width(data[end - back]) > back else end
        return end
    high = end - 1 if encoding == "utf-16-le" else end - 2
    return end - 2 if data[high] & 0xFC == 0xD8 else end


def _width(octet: int) -> int:
    if octet < 0x80:
        return 1
    return 2 if octet & 0xE0 == 0xC0 else 3 if octet & 0xF0 == 0xE0 else 4 if octet & 0xF8 == 0xF0 else 0


def _utf_8_problem(body: bytes, at: int) -> str:
    octet = body[at]
    width = _width(octet)
    if not width:
        return "invalid leading UTF-8 octet"
    sequence = body[at : at + width]
    if len(sequence) < width:
        return "incomplete UTF-8 octet sequence"
    if any(trailing & 0xC0 != 0x80 for trailing in sequence[1:]):
        return "invalid trailing UTF-8 octet"
    value = octet & (0x7F if width == 1 else 0x7F >> width)
    for trailing in sequence[1:]:
        value = value << 6 | trailing & 0x3F
    return "invalid length of a UTF-8 sequence" if value < _LEAST[width] else "invalid Unicode character"


def _utf_16_problem(body: bytes, at: int, encoding: str) -> str:
    if len(body) - at < 2:
        return "incomplete UTF-16 character"
    order = "little" if encoding == "utf-16-le" else "big"
    if int.from_bytes(body[at : at + 2], "little" if order == "little" else "big") & 0xFC00 == 0xDC00:
        return "unexpected low surrogate area"
    return "incomplete UTF-16 surrogate pair" if len(body) - at < 4 else "expected low surrogate area"
