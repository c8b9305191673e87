"""Asks both sides about every case of one Kubernetes minor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from kube_oidc.verdict.versions import KubernetesVersion
from recorded.verdicts import Agreement, Case, Comparison, compare

from differential.oracle.expressions import (
    Expression,
    ExpressionComparison,
    ask_expression,
    compare_expression,
)
from differential.oracle.process import Reference
from differential.oracle.tokens import NOW, Explainer, Token, TokenComparison, ask_token, compare_token


class Compared(Protocol):
    """Any kind of comparison: its result, and both sides' answers as `str`."""

    @property
    def agreement(self) -> Agreement: ...


@dataclass(slots=True)
class Tally:
    """Counts the agreements; keeps those that are undecided or different."""

    cases: int = 0
    undecided: list[Compared] = field(default_factory=list)
    different: list[Compared] = field(default_factory=list)

    def add(self, compared: Iterable[Compared]) -> Tally:
        """Adds these comparisons."""
        for comparison in compared:
            self.cases += 1
            if comparison.agreement is Agreement.DIFFERENT:
                self.different.append(comparison)
            elif comparison.agreement is Agreement.UNDECIDED:
                self.undecided.append(comparison)
        return self

    def report(self, most: int = 40) -> str:
        """The differences as text, for a failed test."""
        shown = "\n".join(str(comparison) for comparison in self.different[:most])
        return f"{len(self.different)} of {self.cases} cases differ:\n{shown}"


def configurations(reference: Reference, cases: Iterable[Case]) -> Iterator[Comparison]:
    """Compares each configuration in the reference's minor."""
    asked = list(cases)
    for case, answer in zip(asked, reference.validate_all((c.config, c.issuers) for c in asked), strict=True):
        yield compare(case, reference.minor, answer)


def tokens(reference: Reference, cases: Iterable[Token]) -> Iterator[TokenComparison]:
    """Compares each token in the reference's minor."""
    explainer = Explainer(reference.minor)
    asked = [token for token in cases if token.oldest <= KubernetesVersion.parse(reference.minor)]
    answers = reference.authenticate_all((token.config, token.payload, NOW) for token in asked)
    for token, answer in zip(asked, answers, strict=True):
        outcome = explainer.outcome(token.config, token.payload)
        comparison = compare_token(token, reference.minor, answer, outcome)
        different = comparison.agreement is Agreement.DIFFERENT
        yield ask_token(reference, explainer, token) if different else comparison


def expressions(reference: Reference, asked: Iterable[Expression]) -> Iterator[ExpressionComparison]:
    """Compares each expression in the reference's minor: compiles it, and evaluates it if that succeeds."""
    listed = list(asked)
    answers = reference.evaluate_all(
        (expression.text, expression.payload, expression.scope) for expression in listed
    )
    for expression, answer in zip(listed, answers, strict=True):
        comparison = compare_expression(expression, reference.minor, answer)
        different = comparison.agreement is Agreement.DIFFERENT
        yield ask_expression(reference, expression) if different else comparison
