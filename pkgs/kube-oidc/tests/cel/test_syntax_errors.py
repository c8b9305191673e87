"""The first syntax error is where Kubernetes' parser has it (recorded by `make record`), with a fix."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from kube_oidc.verdict.cel.compile import Compiled, CompileError, compile_expression
from kube_oidc.verdict.cel.scope import Scope
from kube_oidc.verdict.versions import DEFAULT

HERE = Path(__file__).parent
PLACES = {
    row["expression"]: row["place"]
    for row in map(json.loads, (HERE / "syntax_errors.jsonl").open(encoding="utf-8"))
}
MISTAKES = [json.loads(line) for line in (HERE / "mistakes.jsonl").open(encoding="utf-8")]
PLACE = re.compile(r"^(?:compilation failed: )?ERROR: <input>:(\d+:\d+): Syntax error: (.*)", re.MULTILINE)


def test_syntax_errors_have_the_place_that_the_api_server_reports() -> None:
    different = []
    for expression, theirs in PLACES.items():
        compiled = compile_expression(expression, Scope.CLAIMS, DEFAULT)
        found = PLACE.search(compiled.message) if isinstance(compiled, CompileError) else None
        if (found and found[1]) != theirs:
            different.append((expression, theirs, compiled))
    assert different == []
    assert sum(place is not None for place in PLACES.values()) > 800


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake["wrong"])
def test_a_common_mistake_gets_the_fix_that_the_api_server_accepts(mistake: dict[str, str]) -> None:
    refused = compile_expression(mistake["wrong"], Scope.CLAIMS, DEFAULT)
    assert isinstance(refused, CompileError)
    assert PLACES[mistake["wrong"]] is not None
    assert PLACES[mistake["meant"]] is None
    assert isinstance(compile_expression(mistake["meant"], Scope.CLAIMS, DEFAULT), Compiled)
    assert refused.remedy is not None
    assert mistake["fix"] in refused.remedy
    assert mistake["fix"] in mistake["meant"]


def test_the_message_says_what_was_found_and_what_was_expected() -> None:
    refused = compile_expression("claims.a == 'x' claims.b", Scope.CLAIMS, DEFAULT)
    assert isinstance(refused, CompileError)
    assert refused.message == (
        "compilation failed: ERROR: <input>:1:17: Syntax error: found 'claims', expected an operator or the end of "
        "the expression\n | claims.a == 'x' claims.b\n | ................^"
    )
