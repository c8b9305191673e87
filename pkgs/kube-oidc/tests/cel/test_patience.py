"""Expressions that would take minutes end as undecided or rejected instead."""

from __future__ import annotations

from typing import Any

import pytest
from kube_oidc.verdict.cel.bindings import RootObject
from kube_oidc.verdict.cel.compile import Compiled, Scope, compile_expression
from kube_oidc.verdict.cel.evaluate import EvaluationError, bound, evaluate
from kube_oidc.verdict.golang.regexp import UnsupportedRegexpError, compile_regexp
from kube_oidc.verdict.versions import KubernetesVersion

pytestmark = pytest.mark.slow


def test_what_would_take_minutes_is_given_up() -> None:
    with pytest.raises(UnsupportedRegexpError, match="too many steps"):
        compile_regexp("a*?b|a").find_all("a" * 100_000)


@pytest.mark.parametrize(
    ("pattern", "matches"), [("^a+$", True), ("^(a|b)*$", True), ("a{3}$", True), ("[a-z]+?b|c", False)]
)
def test_a_long_claim_is_matched_to_its_end(pattern: str, matches: bool) -> None:
    assert compile_regexp(pattern).matches("a" * 100_000) is matches


def test_a_claim_is_converted_once_however_many_expressions_ask_for_it() -> None:
    asked: list[Any] = []
    claims = RootObject("kubernetes.claims", {"a.b": 1}, lambda value: asked.append(value) or value)
    assert [claims.find("a.b"), claims.find("a.b"), claims.find("a__dot__b")] == [1, 1, 1]
    assert len(asked) == 2, "once under each name"


@pytest.mark.parametrize(
    "expression",
    [
        "dyn(claims.many).distinct() == []",
        "sets.contains(dyn(claims.many), dyn(claims.many))",
        "dyn(claims.many).sortBy(x, x) == []",
        "dyn(claims.many).transformMapEntry(i, v, {v: i}) == {}",
    ],
)
def test_what_costs_too_much_is_not_begun(expression: str) -> None:
    """Comparing every item with every other would take hours."""
    version = KubernetesVersion.parse("1.36")
    compiled = compile_expression(expression, Scope.CLAIMS, version)
    assert isinstance(compiled, Compiled)
    outcome = evaluate(compiled, bound({"many": [str(number) for number in range(100_000)]}, version))
    assert isinstance(outcome, EvaluationError)
    assert outcome.message.endswith("operation cancelled: actual cost limit exceeded")
