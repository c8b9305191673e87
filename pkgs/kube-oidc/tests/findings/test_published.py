"""Findings on published configurations: the page in docs/ has the current results."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.finding import Confidence
from kube_oidc.rules.engine.run_rules import run_rules
from kube_oidc.verdict.validate_file import check
from kube_oidc.verdict.validation import Context
from kube_oidc.verdict.versions import DEFAULT

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[4]
CORPUS = ROOT.parent / "shared" / "corpus"
PAGE = ROOT / "docs" / "findings-on-public-configurations.md"
NOW = 1795478400.0  # 2026-11-24, when the files were reviewed


def found() -> Iterator[tuple[str, str, str, Confidence]]:
    """File, finding, field and confidence, of every file that the API server accepts."""
    files = sorted(CORPUS.glob("*.yaml"))
    if not files:
        pytest.skip("no published configurations in ../shared/corpus")
    for file in files:
        checked = check(file.read_bytes(), Context(DEFAULT))
        if checked.configuration is not None and checked.accepted:
            for about, finding in run_rules(ConfigUnderReview(checked.configuration, now=NOW)):
                yield file.name, about.id, str(finding.path), finding.confidence or about.confidence


def rows(pattern: str) -> Iterator[list[str]]:
    """The cells of every line of the page's tables whose first cell is of this form."""
    for line in PAGE.read_text().splitlines():
        row = [cell.strip(" `") for cell in line.strip("|").split("|")]
        if line.startswith("| ") and re.fullmatch(pattern, row[0]):
            yield row


def test_every_finding_with_high_confidence_is_reviewed() -> None:
    actual = {(file, name, field) for file, name, field, sure in found() if sure is Confidence.HIGH}
    reviewed = {(file, name, field): verdict for file, name, field, verdict, _ in rows(r"\d+\.yaml")}
    assert reviewed.keys() == actual
    assert set(reviewed.values()) == {"right"}


def test_the_table_has_the_current_counts() -> None:
    counts = Counter((name, sure) for _, name, _, sure in found())
    files = {name: {file for file, other, *_ in found() if other == name} for name, _ in counts}
    actual = {
        name: [*(str(counts[name, sure]) for sure in Confidence), str(len(files[name]))] for name in files
    }
    assert {name: numbers for name, *numbers in rows(r"[a-z0-9]+(-[a-z]+)+")} == actual


def test_the_summary_has_the_current_counts() -> None:
    items = list(found())
    text = " ".join(PAGE.read_text().split())
    assert f"something in {len({file for file, *_ in items})} of these" in text
    assert (
        f"of high confidence in {len({file for file, *_, sure in items if sure is Confidence.HIGH})}." in text
    )
