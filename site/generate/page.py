"""A generated page, and where the repository is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Page:
    """`uri` is its place on the site, `label` its name in the navigation (empty: its heading).

    `source` is the repository's file that its relative links start from; empty if the links are the site's own.
    """

    uri: str
    text: str
    label: str = ""
    source: str = ""


def title_of(markdown: str) -> str:
    """The text of the first heading."""
    return next(line for line in markdown.splitlines() if line.startswith("# ")).removeprefix("# ")


def entries(pages: list[Page]) -> list[str | dict[str, str]]:
    """The pages as entries of the navigation."""
    return [{page.label: page.uri} if page.label else page.uri for page in pages]
