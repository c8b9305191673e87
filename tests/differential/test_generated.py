"""A fixed share of the generated cases; `make fuzz` asks as many as its time allows."""

from __future__ import annotations

import pytest

from differential.oracle.process import Reference
from differential.oracle.search import KINDS, Search

SEED = 20261
EXAMPLES = {
    "configurations": 600,
    "damaged files": 3000,
    "tokens": 1500,
    "users": 300,
    "signatures": 900,
    "expressions": 1500,
}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_generated_cases_get_the_same_answer(default_reference: Reference, kind: str) -> None:
    search = Search(kind, default_reference)
    found = [search.run(SEED + part, EXAMPLES[kind] // 3) for part in range(3)]
    assert search.asked >= EXAMPLES[kind] // 2
    different = [str(comparison) for comparison in found if comparison is not None]
    assert not different, "\n".join(different)
