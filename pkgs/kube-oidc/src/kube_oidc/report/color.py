"""Colors for the text of `explain`, `access`, `status` and `who-can`: what is good, bad, and what to do."""

from __future__ import annotations

import re
from typing import Final

_RED: Final = "\033[31m"
_GREEN: Final = "\033[32m"
_YELLOW: Final = "\033[33m"
_CYAN: Final = "\033[36m"
_BOLD: Final = "\033[1m"
_RESET: Final = "\033[0m"
# The part of a line that is colored; names from files are further right, so they can't look like one.
_PARTS: Final = (
    (re.compile(r"^refused:"), _RED + _BOLD),
    (re.compile(r"^cannot decide:"), _YELLOW + _BOLD),
    (re.compile(r"^this token becomes the user"), _GREEN + _BOLD),
    (re.compile(r"^  (?:fix|remedy):"), _GREEN),
    (re.compile(r"^ *error(?=[ :])"), _RED + _BOLD),
    (re.compile(r"^ *warning(?=[ :])"), _YELLOW + _BOLD),
    (re.compile(r"^ *info(?=[ :])"), _CYAN),
    (re.compile(r"\? yes(?=:|$)"), _GREEN + _BOLD),
    (re.compile(r"\? no(?=:|$)"), _RED + _BOLD),
    (re.compile(r"^(?:who can .*\?|WHO  .*|ISSUER  .*|API SERVER  .*|RBAC)$"), _BOLD),
)


def colored(text: str, *, color: bool) -> str:
    """The text with colors, if `color`; otherwise unchanged."""
    if not color:
        return text
    return "\n".join(map(_line, text.split("\n")))


def _line(line: str) -> str:
    for pattern, code in _PARTS:
        match = pattern.search(line)
        if match:
            return f"{line[: match.start()]}{code}{match[0]}{_RESET}{line[match.end() :]}"
    return line
