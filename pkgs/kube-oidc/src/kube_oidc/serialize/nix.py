"""Writes values as Nix expressions, formatted by RFC 166."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

_IDENTIFIER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_KEYWORDS: Final = frozenset({"assert", "else", "if", "in", "inherit", "let", "or", "rec", "then", "with"})
_LINES: Final = re.compile(r"\S[^'$\r\t]*\n")
_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "$": "\\$", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def nix(value: Mapping[str, Any] | list[Any] | str | None) -> str:
    """The Nix expression of a string, a list, an attribute set or null."""
    if value is None:
        return "null"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return "{\n" + indented("".join(f"{name} = {nix(item)};\n" for name, item in value.items())) + "}"
    if len(value) == 1 and isinstance(value[0], str):
        return f"[ {nix(value[0])} ]"
    return "[\n" + indented("".join(f"{nix(item)}\n" for item in value)) + "]"


def _text(text: str) -> str:
    if "\n" in text and _LINES.fullmatch(text):
        return "''\n" + indented(text) + "''"
    return '"' + "".join(_ESCAPES.get(character, character) for character in text) + '"'


def indented(text: str) -> str:
    """The text with every line indented by two more spaces; `text` ends in a newline."""
    return "".join(f"  {line}\n" if line else "\n" for line in text.split("\n")[:-1])


def key(name: str) -> str:
    """The name of an attribute, quoted if necessary."""
    return name if _IDENTIFIER.fullmatch(name) and name not in _KEYWORDS else _text(name)
