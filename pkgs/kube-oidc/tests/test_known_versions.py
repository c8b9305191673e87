"""No minor counts as known without answers of Kubernetes' own packages for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from kube_oidc.verdict.versions import DEFAULT, NEWEST, OLDEST

ANSWERS = Path(__file__).parent / "cel" / "expressions.jsonl"
KNOWN = range(OLDEST.minor, NEWEST.minor + 1)


def ranges() -> list[str]:
    """The minors of every recorded answer, as in "30-33 35"."""
    rows = map(json.loads, ANSWERS.open(encoding="utf-8"))
    return [text for row in rows for text in row["answers"]]


def covers(text: str, minor: int) -> bool:
    """Whether this text of ranges includes the minor."""
    parts = [part.partition("-") for part in text.split()]
    return any(int(first) <= minor <= int(last or first) for first, _, last in parts)


@pytest.mark.parametrize("minor", KNOWN)
def test_a_known_minor_has_reference_answers(minor: int) -> None:
    assert sum(covers(text, minor) for text in ranges()) > 3000


def test_the_default_minor_is_a_known_one() -> None:
    assert OLDEST <= DEFAULT <= NEWEST
