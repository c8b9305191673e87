"""The cases under ../cases/expressions: does it compile, with which type, and what is its value?"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from kube_oidc.model import UserInfo
from kube_oidc.verdict.cel.compile import Compiled, CompileError, Scope, compile_expression
from kube_oidc.verdict.cel.evaluate import EvaluationError, Value, bound, evaluate
from kube_oidc.verdict.golang.unmarshal import parse_object
from kube_oidc.verdict.undecidable import Undecidable
from kube_oidc.verdict.versions import KubernetesVersion
from recorded.verdicts import Agreement, stable

from differential.oracle import products, typed
from differential.oracle.cases import CASES
from differential.oracle.process import Reference

FOLDER: Final = CASES / "expressions"
AGAIN: Final = 20
ENDED: Final = ("operation cancelled: actual cost limit exceeded", "internal error: ")


@dataclass(frozen=True, slots=True)
class Expression:
    """One expression over `claims` or `user`, and their value as JSON text."""

    text: str
    scope: str
    payload: str

    @property
    def name(self) -> str:
        """The scope and the expression."""
        return f"{self.scope}: {self.text}"


@dataclass(frozen=True, slots=True)
class ExpressionComparison:
    """One expression in one minor; `ours` and `theirs` are for display."""

    expression: Expression
    minor: str
    agreement: Agreement
    ours: str
    theirs: str

    def __str__(self) -> str:
        name = self.expression.name
        head = f"{name if len(name) < 300 else name[:300] + ' ...'} (Kubernetes {self.minor})"
        return f"{head}\n  API server: {self.theirs}\n  kube-oidc:  {self.ours}"


def all_expressions() -> list[Expression]:
    """Every expression in the folder (multi-line ones as JSON strings), and the products."""
    found = []
    for path in sorted(FOLDER.glob("*.*")):
        if path.suffix not in (".txt", ".jsonl"):
            continue
        scope = "user" if path.stem.startswith("user") else "claims"
        payload = (FOLDER / ("user.json" if scope == "user" else "payload.json")).read_text(encoding="utf-8")
        lines = path.read_text(encoding="utf-8").splitlines()
        lines = [line for line in lines if line.strip() and not line.startswith("#")]
        texts = map(json.loads, lines) if path.suffix == ".jsonl" else lines
        found += [Expression(text, scope, payload) for text in texts]
    payload = (FOLDER / "payload.json").read_text(encoding="utf-8")
    found += [Expression(text, "claims", payload) for text in products.texts()]
    for path in sorted((CASES / "found").glob("*.expression.json")):
        found.append(Expression(**json.loads(path.read_text(encoding="utf-8"))))
    return found


def ask_expression(reference: Reference, expression: Expression) -> ExpressionComparison:
    """Asks both sides.

    Go walks maps in random order, so the cost of a loop that ends early varies: if the reference gives different costs
    for one question, the cost isn't compared. The numbers of type parameters also vary: then our answer must equal one
    of the reference's.
    """
    asked = [(expression.text, expression.payload, expression.scope)]
    comparison = compare_expression(expression, reference.minor, *reference.evaluate_all(asked))
    if comparison.agreement is not Agreement.DIFFERENT:
        return comparison
    answers = list(reference.evaluate_all(asked * AGAIN))
    if len({answer.get("cost") for answer in answers}) == 1:
        texts = {answer.get("error"): answer for answer in answers}
        if len(texts) == 1:
            return comparison
        found = [compare_expression(expression, reference.minor, answer) for answer in texts.values()]
        return next((each for each in found if each.agreement is not Agreement.DIFFERENT), comparison)
    return compare_expression(expression, reference.minor, answers[0], with_cost=False)


def compare_expression(
    expression: Expression, minor: str, answer: dict[str, Any], *, with_cost: bool = True
) -> ExpressionComparison:
    """Compares our result with the reference's answer to `evaluate`."""
    version = KubernetesVersion.parse(minor)
    compiled = compile_expression(expression.text, Scope(expression.scope), version)
    outcome = compiled
    if isinstance(compiled, Compiled):
        outcome = evaluate(compiled, bound(_input(expression), compiled.version))
    same = (
        _same(answer, outcome)
        and _same_type(answer, compiled)
        and (not with_cost or _same_cost(answer, outcome))
    )
    agreement = Agreement.SAME if same else Agreement.DIFFERENT
    if not isinstance(outcome, Value | EvaluationError | CompileError):
        agreement = Agreement.UNDECIDED
    ours = f"{_type(compiled)} {_ours(outcome)}"
    return ExpressionComparison(expression, minor, agreement, ours, f"{_type(answer)} {_theirs(answer)}")


def _input(expression: Expression) -> Any:
    if expression.scope == "claims":
        return parse_object(expression.payload)
    given = json.loads(expression.payload)
    extra = {key: tuple(values) for key, values in given["extra"].items()}
    return UserInfo(given["username"], given["uid"], tuple(given["groups"]), extra)


def _same(answer: dict[str, Any], outcome: object) -> bool:
    if "panic" in answer:  # kube-apiserver itself would crash: any verdict but "valid" is right
        return isinstance(outcome, CompileError)
    match outcome:
        case CompileError():
            internal = answer.get("errorType") == "InternalError"
            same = (stable(answer.get("error", "")), internal) == (stable(outcome.message), outcome.internal)
            return answer.get("compiled") is False and same
        case EvaluationError():
            return answer.get("compiled") is True and answer["error"] == outcome.message
        case Value():
            return bool(answer["ok"]) and _same_value(answer, outcome)
    return False


def _same_cost(answer: dict[str, Any], outcome: object) -> bool:
    """Whether the costs are equal; a stopped evaluation or a panic has none."""
    if not isinstance(outcome, Value | EvaluationError) or any(
        end in answer.get("error", "") for end in ENDED
    ):
        return True
    return bool(answer.get("cost") == outcome.cost)


def _same_type(answer: dict[str, Any], compiled: object) -> bool:
    """Whether the static types are equal, if both sides know one."""
    return not isinstance(compiled, Compiled) or answer.get("outputType", "") in ("", compiled.output_type)


def _same_value(answer: dict[str, Any], value: Value) -> bool:
    return value.type == answer["type"] and typed.theirs(answer["typed"]) == typed.ours(value.value)


def _type(side: object) -> str:
    """The static type in parentheses, if there is one: `(list(string))`."""
    if isinstance(side, Compiled):
        return f"({side.output_type})"
    return f"({side['outputType']})" if isinstance(side, dict) and side.get("outputType") else ""


def _ours(outcome: object) -> str:
    match outcome:
        case CompileError():
            return f"does not compile: {outcome.message}"
        case EvaluationError():
            return f"error at the cost of {outcome.cost}: {outcome.message}"
        case Value():
            return f"{outcome.type} at the cost of {outcome.cost}: {outcome.value!r}"
        case Undecidable():
            return f"cannot decide: {outcome.reason}"
    return f"cannot decide: {outcome}"


def _theirs(answer: dict[str, Any]) -> str:
    if "panic" in answer:
        return f"panic: {answer['panic']}"
    if answer["ok"]:
        value = f"{answer['value']!r} {json.dumps(answer['typed'])}"
        return f"{answer['type']} at the cost of {answer['cost']}: {value}"
    if answer["compiled"]:
        return f"error at the cost of {answer['cost']}: {answer['error']}"
    return f"does not compile: {answer['error']}"
