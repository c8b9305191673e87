"""base64 as Go's `base64.RawURLEncoding` and `base64.StdEncoding` read it: line breaks count for nothing.

Source: Go 1.26, `src/encoding/base64/base64.go` (decodeQuantum).
"""

from __future__ import annotations

import string
from base64 import b64decode, urlsafe_b64encode
from typing import Final

_URL: Final = string.ascii_letters + string.digits + "-_\r\n"
_STANDARD: Final = string.ascii_letters + string.digits + "+/\r\n"
_BREAKS: Final = str.maketrans("", "", "\r\n")


class IllegalError(ValueError):
    """The text is no base64; Go's words, which count in bytes."""

    def __init__(self, at: int) -> None:
        super().__init__(f"illegal base64 data at input byte {at}")


def decode(text: str) -> bytes:
    """The bytes of base64url without padding."""
    body = _of(_URL, text)
    plain = body.translate(_BREAKS)
    if body != text:
        raise IllegalError(len(body))
    if len(plain) % 4 == 1:
        raise IllegalError(len(text) - 1)
    return b64decode(plain + "=" * (-len(plain) % 4), altchars=b"-_")


def encode(data: bytes) -> str:
    """`data` in base64url without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def decode_standard(text: str) -> bytes:
    """The bytes of padded base64."""
    body = _of(_STANDARD, text)
    plain = body.translate(_BREAKS)
    over = len(plain) % 4
    if body == text and over:
        raise IllegalError(len(text) - over)
    padding = text[len(body) :].translate(_BREAKS)
    wanted = "=" * (-over % 4) if over > 1 else ""
    if padding != wanted:
        short = wanted.startswith(padding)
        raise IllegalError(
            len(text) if short else len(body) + (len(wanted) if padding.startswith(wanted) else 0)
        )
    return b64decode(plain + padding)


def _of(alphabet: str, text: str) -> str:
    """The beginning of `text` that is of the alphabet."""
    return text[: len(text) - len(text.lstrip(alphabet))]
