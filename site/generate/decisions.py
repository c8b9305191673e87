"""The list of decisions; the records themselves are in docs/decisions/."""

from __future__ import annotations

from pathlib import Path

from generate.page import ROOT, Page, title_of


def pages() -> list[Page]:
    """The list."""
    rows = [f"- [{title_of(record.read_text('utf-8'))}]({record.name})\n" for record in _records()]
    head = "# Decisions\n\nChoices that could have gone otherwise, and why.\n\n"
    return [Page("decisions/index.md", head + "".join(rows))]


def navigation() -> list[str]:
    """The list, then the records."""
    return ["decisions/index.md", *(f"decisions/{record.name}" for record in _records())]


def _records() -> list[Path]:
    return sorted((ROOT / "docs/decisions").glob("*.md"))
