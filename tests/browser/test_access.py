"""The page of `kube-oidc access` in Chromium: 1 issuer and 1 grant, 5 and 200, 64 and 10,000.

The screenshots are in the test's folder; KUBE_OIDC_SCREENSHOTS names another that keeps them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from browser import samples
from browser.chromium import Page, browser, installed

pytestmark = pytest.mark.skipif(installed() is None, reason="Chromium is not installed")

SIZES: Final = {"one": (1, 1), "several": (5, 200), "many": (64, 10_000)}
WIDTHS: Final = (1280, 375)
OVERFLOW: Final = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
SHOWN: Final = "[...document.querySelectorAll('tbody tr')].filter(row => row.checkVisibility()).length"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    path = installed()
    assert path is not None
    with browser(path, tmp_path_factory.mktemp("browser")) as started:
        yield started


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """What the command makes of each size, written once."""
    folder = tmp_path_factory.mktemp("pages")
    return {size: made(folder / size, *numbers) for size, numbers in SIZES.items()}


def made(folder: Path, issuers: int, grants: int) -> Path:
    folder.mkdir()
    configuration, rbac = samples.write(folder, issuers, grants)
    command = [str(Path(sys.executable).with_name("kube-oidc")), "access", str(configuration)]
    command += ["--rbac", str(rbac), "--format", "html"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    page = folder / "access.html"
    page.write_text(done.stdout)
    return page


@pytest.fixture
def screenshots(tmp_path: Path) -> Path:
    folder = Path(os.environ.get("KUBE_OIDC_SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def rows(page: Page) -> int:
    count: int = page.value(SHOWN)
    return count


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("size", SIZES)
def test_the_page_fits_its_window_and_says_nothing_on_the_console(
    page: Page, pages: dict[str, Path], screenshots: Path, size: str, width: int, dark: bool
) -> None:
    page.complaints.clear()
    page.open(pages[size], width, dark=dark)
    assert page.value(OVERFLOW) <= 0
    assert page.complaints == []
    colour = page.value("getComputedStyle(document.body).backgroundColor")
    assert colour == ("rgb(20, 23, 27)" if dark else "rgb(255, 255, 255)")
    name = f"access-{size}-{width}-{'dark' if dark else 'light'}.png"
    assert page.picture(screenshots / name).startswith(b"\x89PNG")


def test_no_text_of_the_drawing_leaves_its_box_or_lies_on_another(page: Page, pages: dict[str, Path]) -> None:
    for path in pages.values():
        page.open(path, 1280)
        outside = page.value("""[...document.querySelectorAll('svg a')].filter(node => {
            const box = node.querySelector('rect').getBBox();
            return [...node.querySelectorAll('text')].some(text => {
                const inner = text.getBBox();
                return inner.x < box.x || inner.x + inner.width > box.x + box.width
                    || inner.y + inner.height > box.y + box.height;
            });
        }).map(node => node.textContent)""")
        assert outside == []
        overlapping = page.value("""(() => {
            const boxes = [...document.querySelectorAll('svg rect')].map(rect => rect.getBBox());
            return boxes.some((one, i) => boxes.some((other, k) => i < k && one.x === other.x
                && Math.abs(one.y - other.y) < one.height));
        })()""")
        assert overlapping is False
        assert 1 <= page.value("document.querySelectorAll('svg rect').length") <= 54


def test_a_search_leaves_what_has_all_its_words(page: Page, pages: dict[str, Path]) -> None:
    page.complaints.clear()
    page.open(pages["several"], 1280)
    everything = rows(page)
    assert everything >= 200
    page.press("/", "/")
    assert page.value("document.activeElement.id") == "words"
    for letter in "cluster-admin":
        page.press(letter, letter)
    assert page.value("document.querySelector('output').textContent") == f"2 of {everything} grants"
    texts = page.value("[...document.querySelectorAll('tbody tr:not([hidden])')].map(row => row.textContent)")
    assert len(texts) == rows(page) == 2
    assert all("cluster-admin" in text for text in texts)
    page.press("Escape")
    assert rows(page) == everything
    assert page.complaints == []


def test_a_search_opens_the_issuers_that_it_finds(page: Page, pages: dict[str, Path]) -> None:
    page.open(pages["many"], 1280)
    assert rows(page) == 3, "those that no issuer leads to"
    page.open(pages["many"], 1280, fragment="#find=app4711%20")
    assert rows(page) == 1
    visible = "[...document.querySelectorAll('details.issuer')].filter(one => !one.hidden && one.open).length"
    assert page.value(visible) == 1


def test_a_permission_of_the_drawing_finds_its_grants(page: Page, pages: dict[str, Path]) -> None:
    page.open(pages["several"], 1280)
    page.value(
        "document.querySelector('[data-search=\"cluster-admin\"]').dispatchEvent(new MouseEvent('click'))"
    )
    assert rows(page) == 2


def test_the_page_reads_without_scripts(page: Page, pages: dict[str, Path]) -> None:
    page.scripts(False)
    try:
        page.open(pages["several"], 1280)
        assert rows(page) >= 200
        assert page.value("document.querySelector('.find').getClientRects().length") == 0
    finally:
        page.scripts(True)


def test_names_of_others_are_text_and_nothing_else(page: Page, pages: dict[str, Path]) -> None:
    page.complaints.clear()
    page.open(pages["several"], 1280)
    assert page.value("document.querySelectorAll('main script, img, iframe, link, main style').length") == 0
    assert "<script>alert(1)</script>" in page.value("document.querySelector('main').textContent")
    assert page.value("getComputedStyle(document.querySelector('h1')).fontSize") == "25.6px", (
        "the style is taken"
    )
    page.value("document.body.insertAdjacentHTML('beforeend', '<img src=https://127.0.0.1:9/x>')")
    page.value("document.body.appendChild(document.createElement('script')).textContent = 'window.ran = 1'")
    assert page.value("window.ran") is None
    refused = [said for said in page.complaints if "Content Security Policy" in said]
    assert len(refused) >= 2, page.complaints
    assert "blocked: csp" in page.complaints, "the browser was asked for the image, and asked nobody"


def test_every_place_to_go_can_be_reached_by_keyboard(page: Page, pages: dict[str, Path]) -> None:
    page.open(pages["one"], 1280)
    reached = set()
    for _ in range(8):
        page.press("Tab")
        reached.add(page.value("document.activeElement.tagName.toLowerCase()"))
    assert {"input", "div", "a", "summary"} <= reached
