"""axe-core finds no accessibility issue in the pages of `kube-oidc access`; tests/binaries/axe-core fetches it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from browser.chromium import Page, installed

pytestmark = pytest.mark.skipif(installed() is None, reason="Chromium is not installed")
ISSUES = """axe.run().then(found => found.violations.map(issue =>
    `${issue.id}: ${issue.nodes.length} times, first ${issue.nodes[0].html.slice(0, 200)}`))"""


@pytest.fixture(scope="module")
def axe() -> str:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    file = cache / "kube-oidc" / "axe-core-4.14.1" / "axe.min.js"
    if not file.exists():
        pytest.skip("axe-core is not on this machine: tests/binaries/axe-core fetches it")
    return file.read_text("utf-8")


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)], ids=["window", "dark phone"])
@pytest.mark.parametrize("which", ["one", "several", "many", "comparison"])
def test_axe_finds_no_issue(
    page: Page, pages: dict[str, Path], comparison: Path, axe: str, which: str, width: int, dark: bool
) -> None:
    page.open(comparison if which == "comparison" else pages[which], width, dark=dark)
    page.value(f"{axe}; 0")
    assert page.value("document.querySelectorAll('main *').length") > 20
    assert page.value(ISSUES) == []


def test_axe_finds_no_issue_if_everything_is_open(page: Page, pages: dict[str, Path], axe: str) -> None:
    page.open(pages["several"], 1280)
    page.value("document.querySelectorAll('details').forEach(details => { details.open = true; })")
    page.value(f"{axe}; 0")
    assert page.value(ISSUES) == []


def test_axe_finds_an_issue_that_is_there(page: Page, pages: dict[str, Path], axe: str) -> None:
    page.open(pages["one"], 1280)
    page.value("document.querySelector('h1').insertAdjacentHTML('afterend', '<a href=\"#x\"></a>')")
    page.value(f"{axe}; 0")
    assert [issue.split(":")[0] for issue in page.value(ISSUES)] == ["link-name"]
