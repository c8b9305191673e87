"""Basic constraints and names of an X.509 certificate, read from its DER bytes.

Source: RFC 5280, sections 4.1, 4.2.1.6 (subjectAltName) and 4.2.1.9 (basicConstraints).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

_EXTENSIONS: Final = 0xA3
_BOOLEAN: Final = 0x01
_OCTETS: Final = 0x04
_DNS_NAME: Final = 0x82
_BASIC_CONSTRAINTS: Final = bytes((0x55, 0x1D, 19))
_ALTERNATIVE_NAME: Final = bytes((0x55, 0x1D, 17))


def is_authority(der: bytes) -> bool | None:
    """Whether the certificate can verify others; None if these bytes are no certificate of version 3."""
    try:
        extensions = dict(_extensions(der))
        if not extensions:
            return None
        constraints = extensions.get(_BASIC_CONSTRAINTS)
        if constraints is None:
            return False
        _, body, _ = _value(constraints)
        return bool(body) and body[0] == _BOOLEAN and body[2] != 0
    except (ValueError, IndexError):
        return None


def names(der: bytes) -> list[str]:
    """The DNS names that the certificate is for."""
    try:
        found = dict(_extensions(der)).get(_ALTERNATIVE_NAME)
        return (
            []
            if found is None
            else [
                value.decode("ascii", "replace") for tag, value in _all(_value(found)[1]) if tag == _DNS_NAME
            ]
        )
    except (ValueError, IndexError):
        return []


def _extensions(der: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Each extension's OID and value."""
    _, certificate, _ = _value(der)
    _, body, _ = _value(certificate)
    for tag, part in _all(body):
        if tag == _EXTENSIONS:
            for _, extension in _all(_value(part)[1]):
                (_, oid), *rest = _all(extension)
                yield oid, next(value for tag, value in rest if tag == _OCTETS)


def _all(data: bytes) -> Iterator[tuple[int, bytes]]:
    while data:
        tag, value, data = _value(data)
        yield tag, value


def _value(data: bytes) -> tuple[int, bytes, bytes]:
    """Tag and contents of the first element, and what follows it."""
    tag, length, start = data[0], data[1], 2
    if length & 0x80:
        size = length & 0x7F
        length = int.from_bytes(data[2 : 2 + size], "big")
        start += size
    if len(data) < start + length:
        raise ValueError(length)
    return tag, data[start : start + length], data[start + length :]
