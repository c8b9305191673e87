"""Finds configurations by their lines, in files that aren't YAML as a whole: scripts, pages, templates, broken YAML."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final

from kube_oidc.inputs.embedded import Text, dedented
from kube_oidc.inputs.wrapper import KIND

_START: Final = re.compile(rf"^([ \t]*)(?:- )?[\"']?kind[\"']?[ \t]*:[ \t]*[\"']?{KIND}\b.*$", re.M)
_TOP: Final = re.compile(r"[\"']?[A-Za-z][\w./-]*[\"']?[ \t]*:(?:[ \t\r]|$)|#|- |\{\{|\{%|<%|$")
_ABOVE: Final = re.compile(r"[\"']?(?:apiVersion|jwt|anonymous)[\"']?[ \t]*:|#|- |\{\{|\{%|<%|$")


def scan(text: Text) -> Iterator[Text]:
    """The blocks of lines around each `kind: AuthenticationConfiguration`, as far as the indentation allows."""
    lines = text.text.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    done = 0
    for match in _START.finditer(text.text):
        number = bisect_right(starts, match.start()) - 1
        if number >= len(lines) or number < done:
            continue
        indentation = len(match[1])
        first, done = _first(lines, number, indentation, done), _last(lines, number, indentation)
        yield dedented(text.part(starts[first], starts[done]), indentation)


def _first(lines: list[str], number: int, indentation: int, lowest: int) -> int:
    """The first line of the block: keys of a configuration, and what is indented below them."""
    first = number
    for above in range(number - 1, lowest - 1, -1):
        line = lines[above].rstrip("\r\n")
        depth = len(line) - len(line.lstrip())
        if line.strip() and (depth < indentation or not _belongs(line, depth, indentation, _ABOVE)):
            break
        if line.strip() and depth == indentation:
            first = above
    return first


def _last(lines: list[str], number: int, indentation: int) -> int:
    """The line after the block's last."""
    for below in range(number + 1, len(lines)):
        line = lines[below].rstrip("\r\n")
        depth = len(line) - len(line.lstrip())
        if line.strip() and (depth < indentation or not _belongs(line, depth, indentation, _TOP)):
            return below
    return len(lines)


def _belongs(line: str, depth: int, indentation: int, keys: re.Pattern[str]) -> bool:
    text = line.lstrip()
    if text.startswith(("---", "...", "```", "~~~")):
        return False
    return depth > indentation or keys.match(text) is not None
