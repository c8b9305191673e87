"""Kubernetes' CEL libraries against the recorded answers of Kubernetes' own code (written by ask_libraries.py)."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from kube_oidc.verdict.cel.compile import Scope
from kube_oidc.verdict.undecidable import Undecidable

from .answers import ours, same

ROWS = [json.loads(line) for line in (Path(__file__).parent / "libraries.jsonl").open(encoding="utf-8")]
FUNCTIONS = sorted({row["function"] for row in ROWS})


@pytest.mark.parametrize("function", FUNCTIONS)
def test_answers_as_kubernetes_does(function: str) -> None:
    undecided: Counter[str] = Counter()
    different = []
    for row in ROWS:
        if row["function"] != function:
            continue
        answer, _ = ours(row["expression"], Scope.CLAIMS, row["claims"], 36)
        if isinstance(answer, Undecidable):
            undecided[answer.reason] += 1
        elif not same(answer, row["answer"]):
            different.append((row, answer))
    assert different == []
    assert not undecided or function in ("find", "findAll"), undecided
