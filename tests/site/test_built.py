"""The built site, in a browser: search works, nothing comes from another host, and no page is wider than a phone."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from browser.chromium import browser, installed

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / "build/site-venv/bin/python"
PAGES = ("index", "findings/system-groups", "commands/check", "options", "how-to/people", "examples/forgejo")
SEARCH = """(async () => {
  document.querySelector('.md-search__input').focus();
  const input = document.querySelector('.md-search__input');
  input.value = 'system:masters';
  input.dispatchEvent(new Event('keyup'));
  for (let i = 0; i < 200; i++) {
    const found = [...document.querySelectorAll('.md-search-result__link')].map(link => link.href);
    if (found.length) return found.join(' ');
    await new Promise(done => setTimeout(done, 50));
  }
  return '';
})()"""


class Quiet(SimpleHTTPRequestHandler):
    """Serves files without a log."""

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not (PYTHON.parent / "mkdocs").exists():
        pytest.skip("mkdocs-material is not installed (make site installs it): the site is not built")
    folder = tmp_path_factory.mktemp("site") / "site"
    done = subprocess.run(
        [PYTHON, ROOT / "site/build.py", folder], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join(10)
    server.server_close()


def test_the_site_builds_with_every_link_checked(site: Path) -> None:
    assert len(list(site.rglob("*.html"))) > 100


def test_pages_work_in_a_browser(address: str, tmp_path: Path) -> None:
    if (program := installed()) is None:
        pytest.skip("Chromium is not installed: the site is not looked at")
    with browser(program, tmp_path) as page:
        for name in PAGES:
            for width, dark in ((1280, False), (390, True)):
                page.open_url(f"{address}/{name}.html", width, dark=dark)
                assert page.value("document.documentElement.scrollWidth") == width, name
        assert "/findings/system-groups.html" in page.value(SEARCH)
        other = [said for said in page.complaints if address not in said and "asks for data:" not in said]
        assert other == []
