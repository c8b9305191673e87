"""Every rule of Kubernetes' validation, against what kube-apiserver's own packages answered (recorded/)."""

from __future__ import annotations

from typing import Any

import pytest
from recorded.rows import MINOR, verdicts
from recorded.verdicts import Agreement, Case, compare

CASES = list(verdicts("validation.jsonl"))


@pytest.mark.parametrize(("case", "answer"), CASES, ids=[case.name for case, _ in CASES])
def test_the_verdict_is_the_api_servers(case: Case, answer: dict[str, Any]) -> None:
    compared = compare(case, MINOR, answer)
    assert compared.agreement is Agreement.SAME, str(compared)
