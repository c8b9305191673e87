"""The solver answers alike in this process and as a program."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from kube_oidc.proof import solver
from kube_oidc.proof.terms import Term

cvc5 = pytest.importorskip("cvc5", reason="the cvc5 wheel is not installed")
# The program's behavior with the wheel's parser: prints each command's output, and stops at the first error.
PROGRAM = f"""#!{sys.executable}
import sys, cvc5
solver = cvc5.Solver(cvc5.TermManager())
parser = cvc5.InputParser(solver)
parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, sys.stdin.read(), "stdin")
try:
    while not (command := parser.nextCommand()).isNull():
        output = str(command.invoke(solver, parser.getSymbolManager()))
        print(output, end="")
        if output.startswith("(error"):
            sys.exit(1)
except RuntimeError as error:
    print(f'(error "{{error}}")')
    sys.exit(1)
"""
SCRIPT = (
    '(declare-const x String)(declare-const n Int)(assert (= x (str.++ "a\\u{e9}" """")))(assert (= n (- 3)))'
)


@pytest.fixture(params=["in process", "program"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """Both ways, one after the other."""
    if request.param == "program":
        program = tmp_path / "cvc5"
        program.write_text(PROGRAM)
        program.chmod(0o755)
        monkeypatch.setattr(solver, "_module", lambda: None)
        monkeypatch.setattr(solver, "_program", lambda: str(program))
    return str(request.param)


@pytest.mark.usefixtures("way")
def test_values_are_read() -> None:
    assert solver.solve(SCRIPT, ["x", "n"]) == solver.Sat({"x": 'aé"', "n": -3})


@pytest.mark.usefixtures("way")
def test_a_contradiction_is_a_proof_and_names_the_assumptions() -> None:
    one, other = Term("Bool", '(= x "b")'), Term("Bool", "(= n (- 3))")
    assert solver.solve(f"{SCRIPT}(assert (= n 1))", ["x"]) == solver.Unsat()
    answer = solver.solve(SCRIPT, ["x"], assumptions=[other, one])
    assert isinstance(answer, solver.Unsat)
    assert 1 in answer.conflict


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("script", ["(assert (nothing))", "(assert", "(assert (= 1"])
def test_what_the_solver_rejects_is_an_answer(script: str) -> None:
    assert isinstance(solver.solve(script, ["x"]), solver.Unknown)


def test_a_crash_is_an_answer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "cvc5"
    program.write_text("#!/bin/sh\nkill -9 $$\n")
    program.chmod(0o755)
    monkeypatch.setattr(solver, "_module", lambda: None)
    monkeypatch.setattr(solver, "_program", lambda: str(program))
    assert isinstance(solver.solve(SCRIPT, ["x"]), solver.Unknown)
