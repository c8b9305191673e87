"""Every relative link and anchor in the project's Markdown leads somewhere."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([\w./#:~-]+)\)")
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
PAGES = sorted(
    page
    for place in (ROOT.glob("*.md"), ROOT.glob("docs/**/*.md"), ROOT.glob("tests/**/*.md"))
    for page in place
    if ".venv" not in page.parts
)


def anchors(page: Path) -> set[str]:
    """As GitHub and Forgejo make them of headings."""
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.skipif(not PAGES, reason="the Markdown pages are not here: their links are not looked at")
def test_every_relative_link_leads_somewhere():
    dead = []
    for page in PAGES:
        for target in LINK.findall(CODE.sub("", page.read_text())):
            if "://" in target or target.startswith("mailto:"):
                continue
            name, _, anchor = target.partition("#")
            other = (page.parent / name).resolve() if name else page
            if not other.exists() or (anchor and other.suffix == ".md" and anchor not in anchors(other)):
                dead.append(f"{page.relative_to(ROOT)}: {target}")
    assert dead == []
