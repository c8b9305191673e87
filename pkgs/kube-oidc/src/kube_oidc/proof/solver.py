"""The solver: SMT-LIB 2.6 text in, values or a verdict out.

cvc5 runs in this process if its wheel is installed, otherwise as a program. Work is limited in the solver's own steps,
never in seconds, so that a question has the same answer on every machine.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from kube_oidc.proof.terms import Term

INSTALL: Final = "pip install 'kube-oidc[proof]'"
STEPS: Final = 60_000
MAX_SCRIPT: Final = 200_000  # characters; reading a script costs no steps
_ASSUMED: Final = "assumed"
_HEADER: Final = (
    "(set-logic ALL)(set-option :produce-models true)(set-option :strings-exp true)(set-option :strings-fmf {lengths})"
    "(set-option :incremental false)(set-option :produce-unsat-assumptions {cores})(set-option :rlimit {steps})"
)


@dataclass(frozen=True, slots=True)
class Sat:
    """The constraints have a solution: the value of each term asked for (bool, int or str), by the term's text."""

    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Unsat:
    """The constraints have no solution; `conflict` has the numbers of assumptions that exclude each other."""

    conflict: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Unknown:
    """The solver has no answer; `reason` says why. `is_exhausted` if it took too many steps."""

    reason: str
    is_exhausted: bool = False


Answer = Sat | Unsat | Unknown


def is_available() -> bool:
    """Whether there is a solver on this machine."""
    return _module() is not None or _program() is not None


def solve(script: str, wanted: Sequence[str], steps: int = STEPS, assumptions: Sequence[Term] = ()) -> Answer:
    """The answer to a script without `check-sat`, with the values of the `wanted` terms if it has a solution.

    The assumptions hold in addition; if they are why there is no solution, the answer names those that conflict.
    """
    if len(script) > MAX_SCRIPT:
        return Unknown("the question is too large for the solver")
    for lengths_first in (True, False):
        answer = _solve(script, wanted, steps, assumptions, lengths_first=lengths_first)
        if not isinstance(answer, Unknown) or not answer.is_exhausted:
            break
    return answer


def _solve(
    script: str, wanted: Sequence[str], steps: int, assumptions: Sequence[Term], *, lengths_first: bool
) -> Answer:
    """One attempt: the search for short texts first finds most tokens and proofs, the other one the rest."""
    on = {True: "true", False: "false"}
    text = _HEADER.format(steps=steps, cores=on[bool(assumptions)], lengths=on[lengths_first]) + script
    for number, term in enumerate(assumptions):
        text += f"(declare-const {_ASSUMED}{number} Bool)(assert (=> {_ASSUMED}{number} {term.text}))"
    names = " ".join(f"{_ASSUMED}{number}" for number in range(len(assumptions)))
    text += f"(check-sat-assuming ({names}))" if assumptions else "(check-sat)"
    then = {"sat": f"(get-value ({' '.join(wanted)}))" if wanted else "", "unsat": ""}
    if assumptions:
        then["unsat"] = "(get-unsat-assumptions)"
    module = _module()
    if module is not None:
        return _answer(*_in_process(module, text, then), wanted)
    program = _program()
    if program is not None:
        return _answer(*_through_pipe(program, text, then), wanted)
    return Unknown(f"no solver; install one with {INSTALL}")


@cache
def _module() -> Any:
    try:
        import cvc5  # noqa: PLC0415 - 14 MB that most commands don't need
    except ImportError:
        return None
    return cvc5


@cache
def _program() -> str | None:
    return shutil.which("cvc5")


def _in_process(module: Any, text: str, then: Mapping[str, str]) -> tuple[str, str]:
    """The verdict, and the output of the command that follows it."""
    solver = module.Solver(module.TermManager())
    parser = module.InputParser(solver)
    try:
        verdict = _run(module, parser, solver, text)
        follow = then.get(verdict, "")
        if not follow:
            return verdict, ""
        inner = module.InputParser(solver, parser.getSymbolManager())
        return verdict, _run(module, inner, solver, follow)
    except RuntimeError as error:
        return _first_line(str(error)), ""


def _run(module: Any, parser: Any, solver: Any, text: str) -> str:
    parser.setStringInput(module.InputLanguage.SMT_LIB_2_6, text, "question")
    symbols, output = parser.getSymbolManager(), ""
    while not (command := parser.nextCommand()).isNull():
        output = str(command.invoke(solver, symbols)).strip() or output
    return output


def _through_pipe(program: str, text: str, then: Mapping[str, str]) -> tuple[str, str]:
    """As `_in_process`: of the two commands after the verdict, the one that doesn't apply prints an error."""
    try:
        done = subprocess.run(  # noqa: S603 - the solver, without a shell
            [program, "--lang", "smt2", "-"],
            input=text,
            capture_output=True,
            text=True,
            check=False,
        )
        verdict = done.stdout.strip()
        if not then.get(verdict):
            return verdict or _first_line(done.stderr) or f"exit code {done.returncode}", ""
        again = subprocess.run(  # noqa: S603
            [program, "--lang", "smt2", "-"],
            input=text + then[verdict],
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as error:
        return str(error.strerror), ""
    return verdict, again.stdout.partition("\n")[2]


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0][:200]


def _answer(verdict: str, output: str, wanted: Sequence[str]) -> Answer:
    if "(error" in output:
        return Unknown(f"the solver failed: {_first_line(output)}")
    if verdict == "unsat":
        return Unsat(tuple(int(name.removeprefix(_ASSUMED)) for name in output.strip("()\n ").split()))
    if verdict != "sat":
        if verdict.startswith("unknown"):
            return Unknown("too many steps for the solver", is_exhausted=True)
        return Unknown(f"the solver failed: {_first_line(verdict)}")
    if not wanted:
        return Sat({})
    read = _read(_tokens(output))
    return Sat({term: _value(pair[1]) for term, pair in zip(wanted, read[0], strict=True)})


def _tokens(text: str) -> Iterator[str]:
    position = 0
    while position < len(text):
        character = text[position]
        end = position + 1
        if character == '"':
            while text[end : end + 1] != '"' or text[end + 1 : end + 2] == '"':
                end += 2 if text[end] == '"' else 1
            end += 1
        elif character not in "() \n":
            while end < len(text) and text[end] not in '() \n"':
                end += 1
        if not text[position:end].isspace():
            yield text[position:end]
        position = end


def _read(tokens: Iterator[str]) -> list[Any]:
    found: list[Any] = []
    for part in tokens:
        if part == ")":
            return found
        found.append(_read(tokens) if part == "(" else part)
    return found


def _value(read: Any) -> object:
    """The Python value of a constant as `get-value` prints it."""
    if isinstance(read, list):
        if read[0] == "-":
            return -_value(read[1])  # type: ignore[operator]
        return _value(read[1]) / _value(read[2])  # type: ignore[operator]
    if read.startswith('"'):
        return _unescaped(read[1:-1].replace('""', '"'))
    if read in ("true", "false"):
        return bool(read == "true")
    return float(read) if "." in read else int(read)


def _unescaped(text: str) -> str:
    head, *rest = text.split("\\u{")
    parts = [head]
    for piece in rest:
        code, _, after = piece.partition("}")
        parts += [chr(int(code, 16)), after]
    return "".join(parts)
