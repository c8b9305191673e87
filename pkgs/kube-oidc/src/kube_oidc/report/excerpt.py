"""The line of a finding with a caret below, without anything that looks like a secret."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Excerpt
from kube_oidc.report import printable
from kube_oidc.report.redaction import redact

_MAX_WIDTH: Final = 100
_BEFORE: Final = 40  # characters of a long line before the caret
_KEY: Final = re.compile(r"[A-Za-z0-9+/_-]{40,}={0,2}|-----BEGIN [A-Z ]*KEY-----.*")


def excerpt_lines(excerpt: Excerpt, number: int, *, caret_color: str, reset: str) -> Iterator[str]:
    """`  12 | url: x` and the caret; `number` is the line in the file."""
    text, column = excerpt
    start = max(0, column - 1 - _BEFORE) if len(text) > _MAX_WIDTH else 0
    shown = text[start : start + _MAX_WIDTH]
    before = _clean(shown[: column - 1 - start])
    after = _clean(shown[column - 1 - start :])
    left = "…" if start else ""
    right = "…" if start + _MAX_WIDTH < len(text) else ""
    label = f"  {number:>4} | "
    yield f"{label}{left}{before}{after}{right}".rstrip()
    yield " " * (len(label) - 2) + "| " + " " * (len(left) + _width(before)) + f"{caret_color}^{reset}"


def _clean(text: str) -> str:
    return printable.line(_KEY.sub("…", redact(text.replace("\t", " "))))


def _width(text: str) -> int:
    """Columns of a terminal: East Asian characters take two."""
    if text.isascii():
        return len(text)
    from unicodedata import east_asian_width  # noqa: PLC0415 - few lines need it

    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
