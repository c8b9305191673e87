"""The search finds a planted difference, minimizes it, and saves it as a case."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from recorded.verdicts import Agreement, Comparison

from differential.oracle import cases
from differential.oracle.process import DEFAULT_MINOR
from differential.oracle.run import Tally
from differential.oracle.search import Search, save, signature


class Careless:
    """A reference that accepts every file and every token."""

    minor = DEFAULT_MINOR

    def validate(self, config: bytes, issuers: tuple[str, ...] = ()) -> dict[str, Any]:
        return {"valid": True, "decodeError": None, "errors": []}

    def authenticate_all(self, tokens: list[tuple[bytes, bytes, int]]) -> list[dict[str, Any]]:
        user = {"username": "me", "uid": "", "groups": [], "extra": None}
        return [{"authenticated": True, "user": user} for _ in tokens]


@pytest.mark.parametrize("kind", ["configurations", "damaged files", "tokens", "users"])
def test_a_planted_difference_is_found_and_kept(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = Search(kind, Careless())  # type: ignore[arg-type]
    found = search.run(seed=1, examples=200)
    assert found is not None
    assert found.agreement is Agreement.DIFFERENT
    path = save(found, tmp_path / "found")
    monkeypatch.setattr(cases, "CASES", tmp_path)
    if isinstance(found, Comparison):
        assert [case.config for case in cases.saved()] == [found.case.config]
        assert len(found.case.config) < 250
    assert path.name in {kept.name for kept in (tmp_path / "found").iterdir()}


def test_the_same_kind_of_difference_is_not_reported_twice() -> None:
    search = Search("damaged files", Careless())  # type: ignore[arg-type]
    found = [search.run(seed, examples=100) for seed in range(4)]
    kinds = [signature(comparison) for comparison in found if comparison is not None]
    assert len(kinds) == len(set(kinds)) > 0


def test_a_tally_counts_each_agreement_apart() -> None:
    case = cases.Case("a case", b"")
    seen = [Comparison(case, DEFAULT_MINOR, agreement, ("ours",), ("theirs",)) for agreement in Agreement]
    tally = Tally().add(seen)
    assert (tally.cases, len(tally.undecided), len(tally.different)) == (3, 1, 1)
    assert tally.report() == (
        "1 of 3 cases differ:\na case (Kubernetes 1.36)\n  API server: theirs\n  kube-oidc:  ours"
    )
