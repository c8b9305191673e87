"""The cases under ../cases/expressions: does it compile, in which type, and what does it become?"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from kube_oidc.cel.compile import Compiled, CompileError, Scope, Undecidable, compile_expression
from kube_oidc.cel.evaluate import EvaluationError, Value, bound, evaluate
from kube_oidc.golang.unmarshal import parse_object
from kube_oidc.kubernetes_version import KubernetesVersion
from kube_oidc.model import UserInfo

from differential.referee.cases import CASES
from differential.referee.compare import Agreement, stable

FOLDER: Final = CASES / "expressions"
UNKNOWN: Final = object()


@dataclass(frozen=True, slots=True)
class Expression:
    """One expression over `claims` or over `user`, and what they hold as JSON text."""

    text: str
    scope: str
    payload: str

    @property
    def name(self) -> str:
        """The scope and the expression."""
        return f"{self.scope}: {self.text}"


@dataclass(frozen=True, slots=True)
class ExpressionComparison:
    """One expression under one minor; `ours` and `theirs` are what to show a person."""

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
    """Every case of an expression that the folder holds; those of several lines are JSON strings."""
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
    for path in sorted((CASES / "found").glob("*.expression.json")):
        found.append(Expression(**json.loads(path.read_text(encoding="utf-8"))))
    return found


def compare_expression(expression: Expression, minor: str, answer: dict[str, Any]) -> ExpressionComparison:
    """What our CEL makes of it beside the reference's answer to `evaluate`."""
    version = KubernetesVersion.parse(minor)
    compiled = compile_expression(expression.text, Scope(expression.scope), version)
    outcome = compiled
    if isinstance(compiled, Compiled):
        outcome = evaluate(compiled, bound(_input(expression), compiled.version))
    same = _same(answer, outcome) and _same_type(answer, compiled)
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
    if "panic" in answer:  # kube-apiserver itself would crash: whatever we say but "valid" is right
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


def _same_type(answer: dict[str, Any], compiled: object) -> bool:
    """Is the type before evaluation the same, where both sides know one (1.29 keeps none)?"""
    return not isinstance(compiled, Compiled) or answer.get("outputType", "") in ("", compiled.output_type)


def _same_value(answer: dict[str, Any], value: Value) -> bool:
    if value.type != answer["type"]:
        return False
    theirs = _plain(answer["typed"])
    return theirs is UNKNOWN or _in_order(theirs) == _in_order(value.plain)


def _in_order(value: Any) -> Any:
    """The value as text, so that 1, 1.0 and true differ, with its keys in one order."""
    if isinstance(value, dict):
        return sorted((repr(key), _in_order(item)) for key, item in value.items())
    return [_in_order(item) for item in value] if isinstance(value, list) else repr(value)


def _plain(typed: list[Any]) -> Any:
    """The answer's `typed` as Python has it; UNKNOWN where a part is of a type that Python lacks."""
    kind, *rest = typed
    match kind:
        case "int" | "uint":
            return int(rest[0])
        case "double":
            return float(rest[0])
        case "bool" | "string" | "null_type":
            return rest[0]
        case "list":
            items = [_plain(item) for item in rest[0]]
            return UNKNOWN if UNKNOWN in items else items
        case "map":
            pairs = [(_plain(key), _plain(item)) for key, item in rest[0]]
            return UNKNOWN if any(UNKNOWN in pair for pair in pairs) else dict(pairs)
    return UNKNOWN


def _type(side: object) -> str:
    """`(list(string))`: the type before evaluation, where there is one."""
    if isinstance(side, Compiled):
        return f"({side.output_type})"
    return f"({side['outputType']})" if isinstance(side, dict) and side.get("outputType") else ""


def _ours(outcome: object) -> str:
    match outcome:
        case CompileError():
            return f"does not compile: {outcome.message}"
        case EvaluationError():
            return f"error: {outcome.message}"
        case Value():
            return f"{outcome.type}: {outcome.plain!r}"
        case Undecidable():
            return f"cannot decide: {outcome.reason}"
    return f"cannot decide: {outcome}"


def _theirs(answer: dict[str, Any]) -> str:
    if "panic" in answer:
        return f"panic: {answer['panic']}"
    if answer["ok"]:
        return f"{answer['type']}: {answer['value']!r} {json.dumps(answer['typed'])}"
    return f"{'error' if answer['compiled'] else 'does not compile'}: {answer['error']}"
