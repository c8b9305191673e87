"""The project's pages, taken apart: the commands that they show and what they print, and what stands in code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
_GENERATED: Final = ("options.md", "findings.md")
PAGES: Final = sorted(
    page
    for place in ("README.md", "CONTRIBUTING.md", "docs/*.md", "docs/how-to/*.md", "docs/decisions/*.md")
    for page in ROOT.glob(place)
    if page.name not in _GENERATED
)
_CONSOLE: Final = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FENCE: Final = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_COMMAND: Final = re.compile(r"^\$ ((?:.*\\\n)*.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Shown:
    """A command line in a page, and what the page says that it prints."""

    page: str
    command: str
    output: str


def shown() -> Iterator[Shown]:
    """Every command line of every console block, in the pages' order."""
    for page in PAGES:
        for block in _CONSOLE.findall(page.read_text("utf-8")):
            for command, output in _COMMAND.findall(block):
                yield Shown(page.name, command.replace("\\\n", " "), output)


def code() -> Iterator[tuple[str, str]]:
    """Page and text of every piece of code inside a sentence."""
    for page in PAGES:
        for text in re.findall(r"`([^`\n]+)`", _FENCE.sub("", page.read_text("utf-8"))):
            yield page.name, text
