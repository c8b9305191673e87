"""Text of a stranger (a file's, a token's, a server's) as lines that a terminal and a CI log only show.

Neither may take them for its own: a terminal has its escape sequences, a runner of GitHub or Forgejo its
workflow commands (https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands).
"""

from __future__ import annotations


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


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
