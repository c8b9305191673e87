"""Text of a stranger (a file's, a token's, a server's) as lines that a terminal and a CI log only show.

Neither may take them for its own: a terminal has its escape sequences, a runner of GitHub or Forgejo its
workflow commands (https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands).
"""

from __future__ import annotations

from typing import Any


def line(text: str) -> str:
    """One line: what cannot be seen is written as Python escapes it, and no line begins a command."""
    if not text.isprintable():
        text = "".join(character if character.isprintable() else _escaped(character) for character in text)
    if text.lstrip().startswith("::"):
        text = text.replace("::", "\\x3a:", 1)
    return text.replace("##[", "#\\x23[")


def lines(text: str) -> str:
    """The same for a text of several lines, which stay lines."""
    return "\n".join(map(line, text.split("\n")))


def json_text(document: Any, *, indent: int | None = None) -> str:
    """The document as JSON. What is invisible or begins a command is escaped, which JSON allows everywhere."""
    import json  # noqa: PLC0415 - `token` doesn't need it here

    text = json.dumps(document, indent=indent, ensure_ascii=False)
    if not text.isascii():
        escaped = (json.dumps(each)[1:-1] for each in text if not each.isprintable() and each != "\n")
        text = "".join(each if each.isprintable() or each == "\n" else next(escaped) for each in text)
    return text.replace("##[", "#\\u0023[")


def html_text(text: str) -> str:
    """The text for an HTML page or a quoted attribute of it; what can't be seen is written as escapes."""
    from html import escape  # noqa: PLC0415 - only pages need it

    if not text.isprintable():
        text = "".join(each if each.isprintable() else _escaped(each) for each in text)
    return escape(text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
