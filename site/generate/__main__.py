"""`python -m generate FOLDER`: writes the site's Markdown, its assets, schemas and mkdocs.yml into the folder.

What is written needs no plugin and no hook, so another program that reads mkdocs.yml can render it.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, Final

import yaml

from generate import commands, decisions, examples, findings, how_tos, links, options, schemas
from generate.page import ROOT, Page

SECTIONS: Final = {"commands": commands, "decisions": decisions, "examples": examples, "findings": findings}
PICTURES: Final = (".png", ".svg")
REPLACED: Final = ("docs/findings.md", "docs/options.md")  # by one page for each finding, and by groups


def main(folder: Path) -> None:
    """Replaces the folder's content."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT / "site/assets", folder / "docs/assets")
    for page in pages():
        file = folder / "docs" / page.uri
        file.parent.mkdir(parents=True, exist_ok=True)
        text = links.rewrite(page.text, PurePosixPath(page.source), page.uri) if page.source else page.text
        file.write_text(text, "utf-8")
    for file in sorted((ROOT / "docs").rglob("*")):
        if file.suffix in PICTURES:
            target = folder / file.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
    schemas.write(folder / "docs/schemas")
    (folder / "mkdocs.yml").write_text(yaml.safe_dump(configuration(), sort_keys=False), "utf-8")


def pages() -> Iterator[Page]:
    """Every page of the site."""
    for name, uri in links.MOVED.items():
        yield _copy(name, uri)
    for file in sorted((ROOT / "docs").rglob("*.md")):
        name = file.relative_to(ROOT).as_posix()
        if name not in REPLACED:
            yield _copy(name, name.removeprefix("docs/"))
    yield how_tos.index()
    yield options.page()
    yield schemas.page()
    for section in SECTIONS.values():
        yield from section.pages()


def configuration() -> dict[str, Any]:
    """mkdocs.yml with the complete navigation, and the repository once its address is known."""
    made: dict[str, Any] = yaml.safe_load((ROOT / "site/mkdocs.yml").read_text("utf-8"))
    made["nav"] = [_complete(entry) for entry in made["nav"]]
    if home := links.repository():
        made["repo_url"] = home
    return made


def _copy(name: str, uri: str) -> Page:
    front = "---\nhide: [navigation]\n---\n" if uri == "index.md" else ""
    return Page(uri, front + (ROOT / name).read_text("utf-8"), source=name)


def _complete(entry: Any) -> Any:
    if not isinstance(entry, dict):
        return entry
    ((title, value),) = entry.items()
    if value in list(SECTIONS):
        return {title: SECTIONS[value].navigation()}
    if title == "How-tos":
        return {title: ["how-to/index.md", *({group: uris} for group, uris in how_tos.groups().items())]}
    if isinstance(value, list):
        return {title: [_complete(each) for each in value]}
    return entry


if __name__ == "__main__":
    main(Path(sys.argv[1]))
