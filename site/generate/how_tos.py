"""The list of how-tos; the pages themselves are in docs/how-to/."""

from __future__ import annotations

from generate.page import ROOT, Page, title_of


def index() -> Page:
    """The list."""
    rows = []
    for uri in uris():
        text = (ROOT / "docs" / uri).read_text("utf-8")
        rows.append(f"- [{title_of(text)}]({uri.removeprefix('how-to/')})\n")
    return Page("how-to/index.md", "# How-tos\n\n" + "".join(rows))


def uris() -> list[str]:
    """Every how-to's place on the site."""
    return [f"how-to/{path.name}" for path in sorted((ROOT / "docs/how-to").glob("*.md"))]
