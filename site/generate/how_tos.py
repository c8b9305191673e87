"""The list of how-tos, in the groups of the navigation; the pages themselves are in docs/how-to/."""

from __future__ import annotations

import re
from typing import Any, Final

import yaml

from generate.page import ROOT, Page, title_of

_OTHERS: Final = "More"


def index() -> Page:
    """The list, with the first sentence of each page."""
    parts = ["# How-tos\n"]
    for group, pages in groups().items():
        parts.append(f"\n## {group}\n\n| page | about |\n|---|---|\n")
        parts += [_row(uri) for uri in pages]
    return Page("how-to/index.md", "".join(parts))


def groups() -> dict[str, list[str]]:
    """Group → its pages' places on the site; pages that mkdocs.yml doesn't list are in a last group."""
    nav: list[Any] = yaml.safe_load((ROOT / "site/mkdocs.yml").read_text("utf-8"))["nav"]
    entries = next(entry["How-tos"] for entry in nav if "How-tos" in entry)
    made: dict[str, list[str]] = {}
    for entry in entries:
        made |= entry if isinstance(entry, dict) else {}
    if others := [uri for uri in _uris() if uri not in str(entries)]:
        made[_OTHERS] = others
    return made


def _row(uri: str) -> str:
    text = (ROOT / "docs" / uri).read_text("utf-8")
    return f"| [{title_of(text)}]({uri.removeprefix('how-to/')}) | {_summary(text)} |\n"


def _summary(text: str) -> str:
    """The first sentence that isn't in a heading, a list, a table or code, without its links."""
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL).split("\n\n")
    first = next(each.strip().replace("\n", " ") for each in prose if re.match(r"\s*[\w`\[]", each))
    sentence = re.split(r"(?<=[.?])\s", first)[0].rstrip(":")
    return re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", sentence).replace("|", "\\|")


def _uris() -> list[str]:
    return [f"how-to/{path.name}" for path in sorted((ROOT / "docs/how-to").glob("*.md"))]
