"""Bytes as text where they need not be UTF-8: Go counts each such byte by itself (`unicode/utf8`, DecodeRune)."""

from __future__ import annotations

import re
from typing import Final

_NO_TEXT: Final = re.compile("[\udc80-\udcff]")


def decoded(data: bytes) -> str:
    """The text of `data`, with U+FFFD for each byte that is no UTF-8; Python would write one for several."""
    return replaced(data.decode("utf-8", "surrogateescape"))


def replaced(text: str) -> str:
    """The same for a text that was decoded with `surrogateescape`."""
    return text if text.isascii() else _NO_TEXT.sub("\ufffd", text)
