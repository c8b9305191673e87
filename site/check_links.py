#!/usr/bin/env python3
"""`check_links.py FOLDER`: every link, anchor and file that the built pages refer to is in the folder.

It also reports what loads from another host, and Markdown rendered as text. Exit status 1 if anything is found.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urldefrag, urlsplit

_LOADS: Final = {
    ("script", "src"),
    ("img", "src"),
    ("source", "srcset"),
    ("iframe", "src"),
    ("object", "data"),
}
_PROSE: Final = ("p", "li", "td")
_NOT_RENDERED: Final = re.compile(r"^\s*(?:[-*] |\d+\. |\|[ -]|```)|\]\([^)\s]+\)|\*\*\w", re.MULTILINE)


@dataclass(slots=True)
class Reader(HTMLParser):
    """What one page refers to: `ids` are its anchors, `links` and `loaded` its references, `text` its prose."""

    ids: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    _open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        HTMLParser.__init__(self)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collects the tag's anchors and references."""
        values = {name: value for name, value in attrs if value is not None}
        self.ids |= {values[name] for name in ("id", "name") if name in values}
        if tag in ("a", "link") and "href" in values:
            is_loaded = tag == "link" and values.get("rel") in ("stylesheet", "icon", "preload", "preconnect")
            (self.loaded if is_loaded else self.links).append(values["href"])
        self.loaded += [value for name, value in values.items() if (tag, name) in _LOADS]
        if tag in (*_PROSE, "article", "code", "pre"):
            self._open.append(tag)
        if tag in _PROSE:
            self.text.append("")

    def handle_endtag(self, tag: str) -> None:
        """Closes prose or code, and what was left open in it."""
        if tag in self._open:
            del self._open[len(self._open) - 1 - self._open[::-1].index(tag) :]

    def handle_data(self, data: str) -> None:
        """Keeps prose without its code."""
        if "article" in self._open and self._open[-1] in _PROSE:  # the navigation has lists as well
            self.text[-1] += data


def problems(folder: Path) -> list[str]:
    """Everything that is wrong, with its page."""
    pages = {page.resolve(): _read(page) for page in sorted(folder.rglob("*.html"))}
    found = [
        f"{page.relative_to(folder.resolve())}: {problem}"
        for page, reader in pages.items()
        for problem in _of(page, reader, pages)
    ]
    for sheet in sorted(folder.rglob("*.css")):
        loaded = re.findall(
            r"url\([\"']?(https?:[^)]+)|@import\s+[\"'](https?:[^\"']+)", sheet.read_text("utf-8")
        )
        found += [f"{sheet.relative_to(folder)}: loads {url}" for urls in loaded for url in urls if url]
    return found if pages else [f"{folder}: no pages"]


def _read(page: Path) -> Reader:
    reader = Reader()
    reader.feed(page.read_text("utf-8"))
    return reader


def _of(page: Path, reader: Reader, pages: dict[Path, Reader]) -> list[str]:
    found = [f"loads {url}" for url in reader.loaded if urlsplit(url).netloc]
    for target in [*reader.links, *reader.loaded]:
        if urlsplit(target).scheme or urlsplit(target).netloc or page.name == "404.html":
            continue
        path, anchor = urldefrag(unquote(target))
        other = (page.parent / path).resolve() if path else page
        other = other / "index.html" if other.is_dir() else other
        if not other.exists():
            found.append(f"{target} doesn't exist")
        elif anchor and other in pages and anchor not in pages[other].ids | {"__codelineno-0-1"}:
            found.append(f"{target}: no such anchor")
    found += [f"not rendered: {text.strip()[:60]!r}" for text in reader.text if _NOT_RENDERED.search(text)]
    return found


if __name__ == "__main__":
    wrong = problems(Path(sys.argv[1]))
    print("\n".join(wrong) or "every link leads somewhere")
    sys.exit(bool(wrong))
