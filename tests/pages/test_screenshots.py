"""The README's terminal pictures show what the program prints, and all pictures can be read in light and dark."""

from __future__ import annotations

import runpy
import xml.etree.ElementTree as ET
from typing import Final

import pytest

from pages.page import ROOT

IMAGES: Final = ROOT / "docs/images"
SCRIPT: Final = runpy.run_path(str(IMAGES / "screenshots"))


@pytest.mark.parametrize("name", sorted(SCRIPT["PICTURES"]))
def test_a_picture_is_what_the_program_prints(name: str) -> None:
    shown = (IMAGES / name).read_text(encoding="utf-8")
    assert shown == SCRIPT["picture"](SCRIPT["PICTURES"][name]), (
        "run `make screenshots` and look at the result"
    )


@pytest.mark.parametrize("path", sorted(IMAGES.glob("*.svg")), ids=lambda path: path.name)
def test_a_picture_brings_its_own_background_and_loads_nothing(path) -> None:
    root = ET.parse(path).getroot()
    assert any(each.tag.endswith("rect") for each in root.iter())
    text = path.read_text(encoding="utf-8")
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "").replace(
        "https://token.actions.githubusercontent.com", ""
    )
