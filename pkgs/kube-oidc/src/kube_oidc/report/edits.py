"""Certain edits as a diff, made of a configuration's own lines: its neighbors may be secrets of its wrapper."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kube_oidc.diagnostics import Diagnostic
from kube_oidc.report import printable

_COLORS = {"+": "\033[32m", "-": "\033[31m", "@": "\033[36m"}
_RESET = "\033[0m"


def render_diff(path: str, found: Iterable[Diagnostic], *, color: bool) -> str:
    """The file's name, and each edited line before and after; no line of context."""
    shown = []
    for line in (f"--- {path}", f"+++ {path}", *_hunks(found)):
        text = printable.line(line)
        tint = _COLORS.get(text[:1]) if color else None
        shown.append(f"{tint}{text}{_RESET}\n" if tint else f"{text}\n")
    return "".join(shown)


def _hunks(found: Iterable[Diagnostic]) -> Iterator[str]:
    edits = {each.location: each for each in found if each.edit and each.location and each.excerpt}
    for location, each in sorted(edits.items()):
        assert each.edit is not None
        assert each.excerpt is not None
        text, column = each.excerpt
        head, tail = text[: column - 1], text[column - 1 :]
        yield f"@@ -{location.line} +{location.line} @@"
        yield f"-{text}"
        yield f"+{head}{tail.replace(each.edit.old, each.edit.new, 1)}"
