"""The page of `kube-oidc access` in Chromium: 1 issuer and 1 grant, 5 and 200, 64 and 1,000; and of a comparison.

The screenshots are in the test's folder; KUBE_OIDC_SCREENSHOTS names another that keeps them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import pytest

from browser.chromium import Page, installed
from browser.conftest import SIZES, made

pytestmark = pytest.mark.skipif(installed() is None, reason="Chromium is not installed")

WIDTHS: Final = (1280, 390)
OVERFLOW: Final = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
PLACES: Final = """[document.querySelector('svg').getAttribute('viewBox'),
    ...[...document.querySelectorAll('svg a')].map(box => box.getAttribute('transform')),
    ...[...document.querySelectorAll('svg path')].map(edge => edge.getAttribute('d'))]"""
OVERLAPPING: Final = """(() => {
    const boxes = [...document.querySelectorAll('svg rect')].map(rect => rect.getBoundingClientRect());
    return boxes.some((one, i) => one.width > 0 && boxes.some((other, k) => i < k && other.width > 0
        && Math.abs(one.x - other.x) < 1 && Math.abs(one.y - other.y) < one.height));
})()"""
DRAWN: Final = """[...document.querySelectorAll('svg a')].filter(box => box.checkVisibility())
    .map(box => box.querySelector('title').textContent.split('\\n')[0])"""
BOXES: Final = """[...document.querySelectorAll('svg a[data-node^=p]')].filter(box => box.checkVisibility())
    .map(box => box.dataset.node)"""
LISTED: Final = """[...document.querySelectorAll('[data-permission]')].filter(box => box.checkVisibility())
    .map(box => box.querySelector('strong').textContent)"""
SHOWN: Final = "[...document.querySelectorAll('tr[data-risk]')].filter(row => row.checkVisibility()).length"


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
        assert page.value(OVERLAPPING) is False
        assert 1 <= page.value("document.querySelectorAll('svg rect').length") <= 54


def test_the_script_places_the_whole_drawing_as_the_page_has_it(page: Page, pages: dict[str, Path]) -> None:
    for path in pages.values():
        page.scripts(False)
        page.open(path, 1280)
        page.scripts(True)
        made = page.value(PLACES)
        page.open(path, 1280)
        assert made == page.value(PLACES)
        assert len(made) >= 4


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
    texts = page.value(
        "[...document.querySelectorAll('tr[data-risk]:not([hidden])')].map(row => row.textContent)"
    )
    assert len(texts) == rows(page) == 2
    assert all("cluster-admin" in text for text in texts)
    page.press("Escape")
    assert rows(page) == everything
    assert page.complaints == []


def test_a_search_opens_the_issuers_that_it_finds(page: Page, pages: dict[str, Path]) -> None:
    page.open(pages["many"], 1280)
    assert rows(page) == 3, "those that no issuer leads to"
    page.open(pages["many"], 1280, fragment="#find=app471%20")
    assert rows(page) == 1
    visible = "[...document.querySelectorAll('details.issuer')].filter(one => !one.hidden && one.open).length"
    assert page.value(visible) == 1


def test_a_search_among_ten_thousand_grants_is_quick(page: Page, tmp_path: Path) -> None:
    page.open(made(tmp_path / "huge", 64, 10_000), 1280)
    taken = page.value("""new Promise(done => {
        const words = document.getElementById('words'), started = performance.now();
        new MutationObserver(() => done(performance.now() - started))
            .observe(document.querySelector('output'), {childList: true});
        words.value = 'app4711 ';
        words.dispatchEvent(new Event('input', {bubbles: true}));
    })""")
    assert rows(page) == 1
    assert taken < 5000, "0.3 s on an idle machine"


@pytest.mark.parametrize(
    ("fragment", "wanted", "drawn"),
    [
        ("#risk=everything", 2, {"cluster-admin"}),
        ("#verb=escalate", None, {"cluster-admin", "jobs"}),
        ("#namespace=elsewhere", 2, {"cluster-admin"}),
        ("#namespace=*", 2, {"cluster-admin"}),
        ("#role=ClusterRole+view", 2, {"view"}),
        ("#issuer=none", 2, set()),
        ("#namespace=wiki&verb=get&risk=read&issuer=https://git1.example.org/api/actions", None, None),
    ],
)
def test_filters_apply_to_tables_and_drawing_alike(
    page: Page, pages: dict[str, Path], fragment: str, wanted: int | None, drawn: set[str] | None
) -> None:
    page.complaints.clear()
    page.open(pages["several"], 1280, fragment=fragment)
    found = page.value(
        "[...document.querySelectorAll('tr[data-risk]:not([hidden])')].map(row => row.dataset.to)"
    )
    assert len(found) == wanted if wanted is not None else found
    boxes = page.value(BOXES)
    assert set(boxes) == {f"p{target}" for target in found if target}
    titles = page.value(DRAWN)
    assert drawn is None or drawn <= set(titles)
    assert page.value(OVERLAPPING) is False
    page.open(pages["several"], 390, fragment=fragment)
    assert len(page.value(LISTED)) == len(boxes)
    assert page.complaints == []


def test_cluster_wide_grants_count_for_every_namespace(page: Page, pages: dict[str, Path]) -> None:
    for fragment in ("#namespace=payroll", "#find=payroll"):
        page.open(pages["several"], 1280, fragment=fragment)
        places = page.value(
            "[...document.querySelectorAll('tr[data-risk]:not([hidden])')].map(row => row.dataset.namespace)"
        )
        assert set(places) == {"payroll", ""}, fragment
        assert places.count("") == 2, fragment


@pytest.mark.parametrize("text", ["100%", "%", "%zz", "a&b=c", "a+b", "#1", "日本 é", "<b>", "50%25", " "])
def test_the_address_has_the_filter_whatever_its_text(page: Page, pages: dict[str, Path], text: str) -> None:
    page.complaints.clear()
    page.open(pages["one"], 1280)
    page.value(f"""(() => {{
        const field = document.getElementById('words');
        field.value = {json.dumps(text)};
        field.dispatchEvent(new Event('input', {{bubbles: true}}));
    }})()""")
    address = page.value("location.href")
    page.open_url(address, 1280)
    assert page.value("document.getElementById('words').value.trim()") == text.strip()
    assert page.complaints == []


@pytest.mark.parametrize(
    "fragment", ["#find=100%", "#find=%E0%A4%A", "#=", "#a=b", "#nothing", "#issuer=gone", "#risk=x"]
)
def test_no_address_stops_the_script(page: Page, pages: dict[str, Path], fragment: str) -> None:
    page.complaints.clear()
    page.open(pages["one"], 1280, fragment=fragment)
    assert " grant" in page.value("document.querySelector('output').textContent")
    assert page.complaints == []
    if fragment == "#find=100%":
        assert page.value("document.getElementById('words').value") == "100%"


def test_links_open_what_they_lead_to(page: Page, pages: dict[str, Path]) -> None:
    page.open(pages["several"], 1280, fragment="#risk=everything")
    page.value("document.querySelector('tr:not([hidden]) a.note').click()")
    page.value("new Promise(done => setTimeout(done, 100))")
    assert page.value("document.getElementById('finding-grant-everything').open") is True
    page.value("document.querySelector('tr:not([hidden]) a.badge').click()")
    page.value("new Promise(done => setTimeout(done, 100))")
    assert page.value("document.querySelector(location.hash).checkVisibility()") is True
    assert rows(page) == 2, "the filter stays"
    page.open(pages["several"], 1280, fragment="#role-0")
    assert page.value("document.getElementById('role-0').open") is True


def test_a_permission_of_the_drawing_finds_its_grants(page: Page, pages: dict[str, Path]) -> None:
    page.open(pages["several"], 1280)
    page.value("document.querySelector('svg a[data-node^=p]').dispatchEvent(new MouseEvent('click'))")
    page.value("new Promise(done => setTimeout(done, 100))")
    assert rows(page) == 2
    assert page.value(DRAWN)[-1] == "cluster-admin"


def test_the_worst_is_at_the_top_and_a_phone_gets_a_list(page: Page, pages: dict[str, Path]) -> None:
    page.open(pages["several"], 390)
    assert page.value("document.querySelector('svg').checkVisibility()") is False
    risks = page.value(
        "[...document.querySelectorAll('[data-permission] .permission')].map(one => one.className)"
    )
    assert risks[0] == "permission everything"
    assert risks[-1] == "permission nothing"
    page.open(pages["several"], 1280)
    assert page.value("document.querySelector('.list').checkVisibility()") is False


def test_paper_gets_everything_and_tables_first(page: Page, pages: dict[str, Path]) -> None:
    page.open(pages["many"], 1280, fragment="#find=app471%20")
    page.ask("Emulation.setEmulatedMedia", media="print")
    page.value("dispatchEvent(new Event('beforeprint'))")
    try:
        total = page.value("document.querySelectorAll('tr[data-risk]').length")
        assert rows(page) == total
        assert page.value("document.querySelectorAll('details:not([open])').length") == 0
        assert page.value("document.querySelector('.find').checkVisibility()") is False
        top = "document.querySelector('{}').getBoundingClientRect().top"
        assert page.value(top.format("details.issuer")) < page.value(top.format("svg"))
        page.value("dispatchEvent(new Event('afterprint'))")
        assert rows(page) == 1
    finally:
        page.ask("Emulation.setEmulatedMedia", media="")


def test_paper_has_closed_tables_without_scripts(page: Page, pages: dict[str, Path]) -> None:
    page.scripts(False)
    try:
        page.open(pages["many"], 1280)
        page.ask("Emulation.setEmulatedMedia", media="print")
        laid = "[...document.querySelectorAll('tr[data-risk]')].filter(row => row.getClientRects().length > 0).length"
        assert page.value(laid) >= 1000
    finally:
        page.ask("Emulation.setEmulatedMedia", media="")
        page.scripts(True)


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
    for _ in range(12):
        page.press("Tab")
        reached.add(page.value("document.activeElement.tagName.toLowerCase()"))
    assert {"input", "select", "button", "a", "summary"} <= reached


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_of_a_comparison_fits_its_window(
    page: Page, comparison: Path, screenshots: Path, width: int, dark: bool
) -> None:
    page.complaints.clear()
    page.open(comparison, width, dark=dark)
    assert page.value(OVERFLOW) <= 0
    assert page.value("document.querySelectorAll('section').length") >= 3
    assert page.complaints == []
    page.picture(screenshots / f"comparison-{width}-{'dark' if dark else 'light'}.png")
