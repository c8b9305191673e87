"""The end of an X.509 certificate's life, read from its DER bytes.

Source: RFC 5280, section 4.1: TBSCertificate is version?, serialNumber, signature, issuer,
validity, …
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

_SEQUENCE: Final = 0x30
_VERSION: Final = 0xA0
_UTC_TIME: Final = 0x17
_GENERALIZED_TIME: Final = 0x18


def not_after(der: bytes) -> float | None:
    """Unix seconds of notAfter; None where these bytes are no certificate."""
    try:
        _, certificate, _ = _value(der, _SEQUENCE)
        _, body, _ = _value(certificate, _SEQUENCE)
        tag, _, rest = _value(body)
        skip = 3 if tag == _VERSION else 2  # serialNumber, signature, issuer
        for _ in range(skip):
            _, _, rest = _value(rest)
        _, validity, _ = _value(rest, _SEQUENCE)
        _, _, rest = _value(validity)
        tag, text, _ = _value(rest)
        return _time(tag, text.decode("ascii"))
    except (ValueError, IndexError):
        return None


def _value(data: bytes, expected: int | None = None) -> tuple[int, bytes, bytes]:
    """Tag and contents of the first element, and what follows it."""
    tag, length, start = data[0], data[1], 2
    if expected is not None and tag != expected:
        raise ValueError(tag)
    if length & 0x80:
        size = length & 0x7F
        length = int.from_bytes(data[2 : 2 + size], "big")
        start += size
    if len(data) < start + length:
        raise ValueError(length)
    return tag, data[start : start + length], data[start + length :]


def _time(tag: int, text: str) -> float:
    if tag == _UTC_TIME:
        text = ("19" if int(text[:2]) >= 50 else "20") + text
    elif tag != _GENERALIZED_TIME:
        raise ValueError(tag)
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC).timestamp()
