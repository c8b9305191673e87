"""The site's pages are generated from the program and docs/, with links as they are on the site."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

import check_links
import pytest
import yaml
from generate import links
from generate.__main__ import configuration, main
from kube_oidc.cli import COMMANDS
from kube_oidc.rules.engine.registry import known_ids

LINKS = {
    "[a](docs/how-to/people.md)": "[a](how-to/people.md)",
    "[`a`](docs/findings.md#system-groups)": "[`a`](findings/system-groups.md)",
    "[a](docs/findings.md)": "[a](findings/index.md)",
    "[a](docs/how-to/)": "[a](how-to/index.md)",
    "[a](examples/forgejo/workflow.yaml)": "[a](examples/forgejo.md)",
    "[a](CONTRIBUTING.md#tests)": "[a](contributing.md#tests)",
    "[a](https://example.org/docs/x.md)": "[a](https://example.org/docs/x.md)",
    "[a](#ten-lines)": "[a](#ten-lines)",
    "`[a](docs/json.md)`": "`[a](docs/json.md)`",
    "![a](docs/picture.svg)": "![a](picture.svg)",
    "1. one\n   - two": "1. one\n    - two",
    '<img src="docs/picture.svg">': '<img src="picture.svg">',
}


@pytest.mark.parametrize("markdown", LINKS)
def test_links_of_the_readme_lead_to_the_sites_pages(markdown: str) -> None:
    assert links.rewrite(markdown, PurePosixPath("README.md"), "index.md") == LINKS[markdown]


def test_links_between_folders_are_relative_to_the_page() -> None:
    text = links.rewrite(
        "[a](../../examples/) [b](../findings.md#x)", PurePosixPath("docs/how-to/a.md"), "how-to/a.md"
    )
    assert text == "[a](../examples/index.md) [b](../findings/x.md)"


def test_a_file_that_the_site_does_not_have_is_linked_in_the_repository(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = PurePosixPath("README.md")
    monkeypatch.setattr(links, "repository", lambda: None)
    assert links.rewrite("[the flake](flake.nix)", source, "index.md") == "the flake"
    monkeypatch.setattr(links, "repository", lambda: "https://git.example.org/a/b")
    assert (
        links.rewrite("[a](flake.nix)", source, "index.md")
        == "[a](https://git.example.org/a/b/blob/main/flake.nix)"
    )


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    main(folder)
    return folder


def test_every_finding_and_command_has_a_page(written: Path) -> None:
    for code in known_ids():
        assert f"# kube-oidc: ignore {code} REASON" in (written / f"docs/findings/{code}.md").read_text()
    for name in COMMANDS:
        assert f"kube-oidc {name} [-h]" in (written / f"docs/commands/{name}.md").read_text()


def test_every_page_is_in_the_navigation(written: Path) -> None:
    def uris(entry: Any) -> set[str]:
        if isinstance(entry, str):
            return {entry}
        return set().union(*map(uris, entry.values() if isinstance(entry, dict) else entry))

    pages = {str(page.relative_to(written / "docs")) for page in (written / "docs").rglob("*.md")}
    assert uris(configuration()["nav"]) == pages
    assert yaml.safe_load((written / "mkdocs.yml").read_text())["strict"] is True


BROKEN = {
    '<a href="b.html">': "b.html doesn't exist",
    '<a href="a.html#x">': "a.html#x: no such anchor",
    '<script src="https://example.org/x.js"></script>': "loads https://example.org/x.js",
    '<link rel="stylesheet" href="//example.org/x.css">': "loads //example.org/x.css",
    "<p>Two things:\n- one\n- two</p>": "not rendered: 'Two things:",
    "<ul><li>Two things:\n   - one</li></ul>": "not rendered: 'Two things:",
    "<p>See [the page](other.md).</p>": "not rendered: 'See [the page]",
}


@pytest.mark.parametrize("html", BROKEN)
def test_what_is_broken_is_reported(html: str, tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(f"<html><body><article>{html}</article></body></html>")
    [problem] = check_links.problems(tmp_path)
    assert problem.startswith(f"a.html: {BROKEN[html]}")


def test_what_works_is_not_reported(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text('<h1 id="x">A</h1><a href="a.html#x"><p><code>- [a](b)</code></p>')
    assert check_links.problems(tmp_path) == []
