"""What Go's `fmt.Sprintf` makes of a format that is given no arguments."""

from __future__ import annotations

import re
from typing import Final

_VERB: Final = re.compile(r"%[-+# 0]*(\*|[0-9]*)(?:(\.)(\*|[0-9]*))?(.?)", re.DOTALL)


def without_arguments(text: str) -> str:
    """The text, with what Go puts where it misses an argument: `%d` becomes `%!d(MISSING)`."""
    return _VERB.sub(_missing, text)


def _missing(match: re.Match[str]) -> str:
    width, _, precision, verb = match.groups()
    said = "%!(BADWIDTH)" * (width == "*") + "%!(BADPREC)" * (precision == "*")
    if not verb:
        return f"{said}%!(NOVERB)"
    return f"{said}%" if verb == "%" else f"{said}%!{verb}(MISSING)"
