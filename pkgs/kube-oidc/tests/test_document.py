"""Whole files, YAML or JSON or neither, against what kube-apiserver's own packages read in them (recorded/)."""

from __future__ import annotations

from typing import Any

import pytest
from recorded.rows import verdicts
from recorded.verdicts import Agreement, Case, compare

CASES = list(verdicts("documents.jsonl"))


@pytest.mark.parametrize(
    ("case", "minor", "answer"), CASES, ids=[f"{minor}: {case.name}" for case, minor, _ in CASES]
)
def test_the_file_is_read_as_the_api_server_reads_it(case: Case, minor: str, answer: dict[str, Any]) -> None:
    compared = compare(case, minor, answer)
    assert compared.agreement is not Agreement.DIFFERENT, str(compared)
