"""Percent-encoding in each part of a URL, like Go's `net/url` (Go 1.26, `src/net/url/encoding_table.go`)."""

from __future__ import annotations

import re
from enum import Enum
from typing import Final

from kube_oidc.verdict.golang.quote import quote

_UNRESERVED: Final = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~"


class Place(Enum):
    """A part of a URL; the value contains the bytes that aren't escaped there."""

    PATH = frozenset(_UNRESERVED + b"$&+,/:;=@")
    FRAGMENT = frozenset(_UNRESERVED + b"!$&()*+,/:;=?@")
    USERINFO = frozenset(_UNRESERVED + b"$&+,;=")
    QUERY = frozenset(_UNRESERVED)
    HOST = frozenset(_UNRESERVED + b"!$&'()*+,;=:[]<>\"")
    ZONE = frozenset(_UNRESERVED + b"!$&'()*+,;=:[]<>\" ")


class URLError(ValueError):
    """The text after `parse "URL": ` in Go's error."""


def unescape(text: str, place: Place) -> str:
    """Decodes %XX; bytes that aren't UTF-8 become surrogates. Raises URLError with Go's message."""
    data = text.encode("utf-8", "surrogateescape")
    out = bytearray()
    position = 0
    while position < len(data):
        byte = data[position]
        if byte == 0x25:
            out.append(_escaped_byte(data, position, place))
            position += 3
            continue
        if place in _HOSTS and byte < 0x80 and byte not in Place.HOST.value:
            raise URLError(f"invalid character {quote(chr(byte))} in host name")
        out.append(0x20 if byte == 0x2B and place is Place.QUERY else byte)
        position += 1
    return out.decode("utf-8", "surrogateescape")


_HOSTS: Final = (Place.HOST, Place.ZONE)


def _escaped_byte(data: bytes, position: int, place: Place) -> int:
    digits = data[position + 1 : position + 3].decode("latin-1")
    shown = data[position : position + 3].decode("utf-8", "surrogateescape")
    if not re.fullmatch(r"[0-9a-fA-F]{2}", digits):
        raise URLError(f"invalid URL escape {quote(shown)}")
    value = int(digits, 16)
    if place is Place.HOST and value < 0x80 and digits != "25":
        raise URLError(f"invalid URL escape {quote(shown)}")
    if place is Place.ZONE and digits != "25" and value not in Place.ZONE.value:
        raise URLError(f"invalid URL escape {quote(shown)}")
    return value


def escape(text: str, place: Place) -> str:
    """Escapes every byte that isn't allowed in that part."""
    kept = place.value - {0x20}
    return "".join(
        chr(byte) if byte in kept else f"%{byte:02X}" for byte in text.encode("utf-8", "surrogateescape")
    )


def is_encoded(text: str, place: Place) -> bool:
    """Whether all bytes of `text` are allowed in that part (`validEncoded`)."""
    allowed = place.value | frozenset(b"!$&'()*+,;=:@[]%")
    return all(byte in allowed for byte in text.encode("utf-8", "surrogateescape"))
