"""Fixes that a program can apply: they only affect what the API server rejects, or a name that no token has."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from kube_oidc.diagnostics import Diagnostic, Edit
from kube_oidc.inputs.embedded import Text

_CASE: Final = re.compile(r"names are case-sensitive: write `(\w+)`")
_SIMILAR: Final = re.compile(r"did you mean `(\w+)`\?")
_URL: Final = re.compile(r"url: (\S+)")
_PLAIN: Final = re.compile(r"([^\s\"'#\[{|>&*!%@`,}\]][^#,}\]\n]*?)[ \t]*(?=$|[#,}\]])")
_QUOTED: Final = re.compile(r"([\"'])(true|false)\1")
_HAS_URL: Final = re.compile(r"[\"']?(?:issuer\.)?url[\"']?[ \t]*[:=][ \t]*[\"']?([^\s\"',}]+)")


def certain_edit(found: Diagnostic, text: str) -> Edit | None:
    """The edit of the line, whose rest from the diagnostic's column on is `text`; None if no fix is certain.

    A wrong type is at the value, everything else at the key.
    """
    edit = _EDITS.get(found.code)
    return edit(found, text) if edit else None


def _unknown_field(found: Diagnostic, text: str) -> Edit | None:
    remedy = found.remedy or ""
    match = _CASE.match(remedy) or _SIMILAR.match(remedy)
    name = found.field.rpartition(".")[2]
    return Edit(name, match[1]) if match and text.lstrip("\"'").startswith(name) else None


def _wrong_type(found: Diagnostic, text: str) -> Edit | None:
    if found.message.endswith("of type string"):
        match = _PLAIN.match(text)
        return Edit(match[1], f'"{match[1]}"') if match else None
    if found.message.endswith("of type bool"):
        match = _QUOTED.match(text)
        return Edit(match[1] + match[2] + match[1], match[2]) if match else None
    return None


def _issuer_url(found: Diagnostic, text: str) -> Edit | None:
    right, wrong = _URL.search(found.remedy or ""), _HAS_URL.match(text)
    return Edit(wrong[1], right[1]) if right and wrong else None


_EDITS: Final[dict[str, Callable[[Diagnostic, str], Edit | None]]] = {
    "unknown-field": _unknown_field,
    "wrong-type": _wrong_type,
    "issuer-trailing-slash": _issuer_url,
    "issuer-url-well-known": _issuer_url,
}


def edited(text: str, found: list[Diagnostic]) -> tuple[str, int]:
    """The file's text with every certain edit applied, and their number."""
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    text = text.removeprefix("\ufeff")
    whole, count = Text.whole(text), 0
    places = {
        each.location: each.edit for each in found if each.edit is not None and each.location is not None
    }
    for location, edit in sorted(places.items(), reverse=True):
        start = whole.index(location)
        end = text.find("\n", start)
        line = text[start : end if end >= 0 else len(text)]
        if edit.old in line:
            text = text[:start] + line.replace(edit.old, edit.new, 1) + text[start + len(line) :]
            count += 1
    return mark + text, count
