"""docs/options.md is made of the options; `OPTIONS=write` writes it anew."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs/options.md"


@pytest.fixture
def reference(nix: Callable[..., CompletedProcess[str]]) -> dict[str, Any]:
    """The page's text, and the options that lack something."""
    answer = nix(
        "nix-instantiate", "--eval", "--strict", "--json",
        str(ROOT / "tests/eval/reference.nix"), "--arg", "lib", "import <nixpkgs/lib>",
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr
    made: dict[str, Any] = json.loads(answer.stdout)
    return made


def test_every_option_has_a_description_and_an_example(reference: dict[str, Any]) -> None:
    assert reference["incomplete"] == []


def test_the_page_is_what_the_options_say(reference: dict[str, Any]) -> None:
    if os.environ.get("OPTIONS") == "write":
        PAGE.write_text(reference["text"])
    assert PAGE.read_text() == reference["text"], f"{PAGE} is stale: OPTIONS=write make test writes it anew"
