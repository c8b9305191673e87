"""Text that may not be UTF-8: Go replaces each invalid byte (`unicode/utf8`, DecodeRune)."""

from __future__ import annotations

import re
from typing import Final

_NO_TEXT: Final = re.compile("[\udc80-\udcff]")


def decoded(data: bytes) -> str:
    """Decodes `data` with one U+FFFD per invalid byte; Python would use one for several."""
    return replaced(data.decode("utf-8", "surrogateescape"))


def replaced(text: str) -> str:
    """Like `decoded`, for a text that was decoded with `surrogateescape`."""
    return text if text.isascii() else _NO_TEXT.sub("\ufffd", text)
