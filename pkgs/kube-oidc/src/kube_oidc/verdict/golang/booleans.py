"""Go's `strconv.ParseBool`, for flags, feature gates and CEL's `bool()`."""

from __future__ import annotations

from typing import Final

_TRUE: Final = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_FALSE: Final = frozenset({"0", "f", "F", "FALSE", "false", "False"})


def parse_bool(text: str) -> bool | None:
    """The boolean; None if Go does not accept the text."""
    return True if text in _TRUE else False if text in _FALSE else None
