"""User-facing text uses the field's words: none of the expressions in the table of CONVENTIONS' English section."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from pages.page import PAGES, ROOT

SOURCES: Final = ROOT / "pkgs/kube-oidc/src/kube_oidc"
DIALECT: Final = re.compile(
    r"\b(nobody|somebody|anybody|whom|whoever|beside|anew|kin|heeds?|heeded|dear"
    r"|stands (?:in|there|for|before|alone|beside)|is told|are told|tells of|has to go|of its own|of their own"
    r"|mends|mended|waivers?|not known here|is not there|is no (?:JSON|YAML|kubeconfig|list))\b"
    r"|(?<!left )(?<!stand-)\balone\b",
    re.IGNORECASE,
)
ALLOWED: Final = ("subject-of-nobody", "subject_of_nobody", "unused-waiver", "waiver-without-reason")  # IDs


def found_in(text: str) -> list[str]:
    for word in ALLOWED:
        text = text.replace(word, "")
    return [match[0] for match in DIALECT.finditer(text)]


def texts_of(source: Path) -> Iterator[tuple[int, str]]:
    """Every string of a Python file, docstrings included, with its line."""
    for node in ast.walk(ast.parse(source.read_text("utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


@pytest.mark.parametrize("page", [*PAGES, *(ROOT / "docs").glob("*.md")], ids=lambda page: page.name)
def test_pages_use_the_fields_words(page: Path) -> None:
    lines = enumerate(page.read_text("utf-8").splitlines(), 1)
    assert [f"{number}: {word}" for number, line in lines for word in found_in(line)] == []


def test_messages_and_docstrings_use_the_fields_words() -> None:
    assert [
        f"{source.relative_to(SOURCES)}:{line}: {word}"
        for source in sorted(SOURCES.rglob("*.py"))
        for line, text in texts_of(source)
        for word in found_in(text)
    ] == []


def test_provider_facts_use_the_fields_words() -> None:
    assert [
        f"{source.name}: {word}"
        for source in sorted((SOURCES / "providers").glob("*.json"))
        for word in found_in(json.dumps(json.loads(source.read_text("utf-8")), ensure_ascii=False))
    ] == []


def test_options_and_assertions_use_the_fields_words() -> None:
    assert [
        f"{source.relative_to(ROOT)}:{number}: {word}"
        for source in sorted((ROOT / "modules").rglob("*.nix"))
        for number, line in enumerate(source.read_text("utf-8").splitlines(), 1)
        for word in found_in(line)
    ] == []
