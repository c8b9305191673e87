"""kube-oidc and kube-apiserver agree on every case, for every minor."""

from __future__ import annotations

from pathlib import Path

import pytest

from differential.oracle import cases
from differential.oracle.expressions import all_expressions
from differential.oracle.process import Reference
from differential.oracle.run import Tally, configurations, expressions, tokens
from differential.oracle.signed import all_signed, ask_signed
from differential.oracle.tokens import all_tokens

UNDECIDED = Path(__file__).parent / "cases" / "undecided.txt"


def names(file: Path) -> set[str]:
    """The names of cases that a file lists."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return {line for line in lines if line and not line.startswith("#")}


def allowed_undecided() -> set[str]:
    """Names of the cases that the checker may leave undecided."""
    return names(UNDECIDED)


@pytest.mark.parametrize("kind", sorted(cases.KINDS))
def test_configurations_get_the_same_verdict(reference: Reference, kind: str) -> None:
    tally = Tally().add(configurations(reference, cases.KINDS[kind]()))
    assert tally.cases > 0 or kind == "found"
    assert not tally.different, tally.report()
    undecided = {comparison.case.name for comparison in tally.undecided}
    assert undecided <= allowed_undecided()


def test_published_configurations_get_the_same_verdict(reference: Reference) -> None:
    published = cases.corpus()
    if not published:
        pytest.skip("the published configurations are not next to the project (../shared/corpus)")
    tally = Tally().add(configurations(reference, published))
    assert not tally.different, tally.report()
    assert not tally.undecided


def test_the_projects_own_configurations_are_valid(default_reference: Reference) -> None:
    files = list(cases.project())
    assert len(files) > 10
    answers = default_reference.validate_all((case.config, ()) for case in files)
    refused = {case.name: answer for case, answer in zip(files, answers, strict=True) if not answer["valid"]}
    assert not refused


def test_tokens_become_the_same_user(reference: Reference) -> None:
    tally = Tally().add(tokens(reference, all_tokens()))
    assert tally.cases > 0
    assert not tally.different, tally.report()
    undecided = {f"{comparison.token.group} #{comparison.token.number}" for comparison in tally.undecided}
    assert undecided <= allowed_undecided()


def test_signed_tokens_are_taken_and_refused_alike(reference: Reference) -> None:
    tally = Tally().add(ask_signed(reference, signed) for signed in all_signed())
    assert tally.cases > 900
    assert not tally.different, tally.report()
    assert not tally.undecided


def test_expressions_compile_and_evaluate_to_the_same(reference: Reference) -> None:
    tally = Tally().add(expressions(reference, all_expressions()))
    assert tally.cases > 0
    assert not tally.different, tally.report()
    undecided = {comparison.expression.name for comparison in tally.undecided}
    assert undecided <= allowed_undecided()


def test_every_name_of_an_undecided_case_is_a_case() -> None:
    named = {case.name for case in cases.all_cases()}
    named |= {f"{token.group} #{token.number}" for token in all_tokens()}
    named |= {expression.name for expression in all_expressions()}
    assert allowed_undecided() <= named


def test_the_corpus_has_the_verdicts_that_were_recorded(default_reference: Reference) -> None:
    recorded = cases.corpus_verdicts()
    if not recorded:
        pytest.skip("the published configurations are not next to the project (../shared/corpus)")
    for case in cases.corpus():
        answer = default_reference.validate(case.config)
        assert answer["valid"] == recorded[case.name], case.name
