"""base64url without padding, as Go's `base64.RawURLEncoding` reads it."""

from __future__ import annotations

import binascii
from base64 import b64decode


def decode(text: str) -> bytes:
    """The bytes; ValueError where the text is not base64url, or is padded."""
    if "=" in text:
        raise ValueError("illegal base64 data")
    plain = text.replace("\r", "").replace("\n", "")
    try:
        return b64decode(plain + "=" * (-len(plain) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise ValueError("illegal base64 data") from None
