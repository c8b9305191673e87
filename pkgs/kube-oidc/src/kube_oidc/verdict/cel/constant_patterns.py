"""Calls with a constant pattern: cel-go compiles it once and rejects an invalid one at compile time.

Source: `interpreter/optimizations.go` and Kubernetes' `pkg/cel/library/regex.go`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kube_oidc.verdict.cel import comparison, regex, steps
from kube_oidc.verdict.cel.attributes import PlanError, Step
from kube_oidc.verdict.cel.kubernetes_costs import Cost
from kube_oidc.verdict.cel.values import TypeValue


def matches(pattern: str, runners: Sequence[Step], cost: Cost) -> Step:
    """Plans `matches`; raises PlanError if the pattern is invalid."""
    _require(pattern)
    search = regex.compiled(pattern).matches

    def call(text: object, _: object) -> bool:
        return search(_text(text))

    return steps.call(call, runners, cost, stops=True)


def find(pattern: str, search: Callable[..., Any], runners: Sequence[Step], cost: Cost) -> Step:
    """Plans `find` and `findAll`; raises PlanError if the pattern is invalid.

    With a constant pattern, a limit of the wrong type has the error of a text of the wrong type.
    """
    _require(pattern)

    def call(text: object, *rest: object) -> object:
        if any(type(limit) is not int for limit in rest[1:]):
            comparison.no_overload()
        return search(_text(text), *rest)

    return steps.call(call, runners, cost, stops=True)


def _require(pattern: str) -> None:
    problem = regex.error(pattern)
    if problem is not None:
        raise PlanError(problem)


def _text(value: object) -> str:
    """The text to search: a string, or the name of a type."""
    if isinstance(value, TypeValue):
        return value.name
    return value if isinstance(value, str) else comparison.no_overload()
