"""Our result of an expression in the form of the recorded answers."""

from __future__ import annotations

import base64
import json
from typing import Any

from kube_oidc.verdict.cel import gotext
from kube_oidc.verdict.cel.compile import CompileError, Scope, compile_expression
from kube_oidc.verdict.cel.evaluate import EvaluationError, bound, evaluate
from kube_oidc.verdict.cel.functions.cidr import CIDR
from kube_oidc.verdict.cel.functions.ip import IP
from kube_oidc.verdict.cel.goprint import go_duration
from kube_oidc.verdict.cel.values import Duration, MapValue, Optional, Timestamp, TypeValue, Uint, type_name
from kube_oidc.verdict.undecidable import Undecidable
from kube_oidc.verdict.versions import KubernetesVersion


def ours(expression: str, scope: Scope, given: Any, minor: int) -> tuple[dict[str, Any] | Undecidable, str]:
    """Our answer in the form of the files, and the static type."""
    compiled = compile_expression(expression, scope, KubernetesVersion(1, minor))
    if isinstance(compiled, CompileError):
        if compiled.message.startswith("panic: "):
            return {"panic": compiled.message.removeprefix("panic: ")}, ""
        return {"error": compiled.message, "compiled": False}, ""
    if isinstance(compiled, Undecidable):
        return compiled, ""
    outcome = evaluate(compiled, bound(given, compiled.version))
    if isinstance(outcome, Undecidable):
        return outcome, compiled.output_type
    if isinstance(outcome, EvaluationError):
        return {"error": outcome.message, "compiled": True}, compiled.output_type
    return {"typed": typed(outcome.value)}, compiled.output_type


def typed(value: Any) -> list[Any]:
    """The type's name, and the value's parts."""
    name = type_name(value)
    match value:
        case None | bool() | str():
            return [name, value]
        case Uint() | int():
            return [name, str(int(value))]
        case float():
            return [name, gotext.format_g(value)]
        case bytes():
            return [name, base64.b64encode(value).decode()]
        case Timestamp():
            return [name, gotext.rfc3339(value.nanoseconds, value.offset)]
        case Duration():
            return [name, go_duration(value.nanoseconds)]
        case Optional():
            return [name, typed(value.value)] if value.present else [name]
        case TypeValue():
            return ["type", value.name]
        case list():
            return [name, [typed(item) for item in value]]
        case MapValue() if value.has_size:
            return [name, [[typed(key), typed(value.get(key))] for key in value.keys()]]
        case IP():
            return [name, str(value.address)]
        case CIDR():
            return [name, str(value.prefix)]
    return [name]


def without_syntax_wording(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer with only the place of the first syntax error, if there is one."""
    before, syntax_error, _ = str(answer.get("error", "")).partition(": Syntax error: ")
    return {**answer, "error": before.rpartition("ERROR: ")[2]} if syntax_error else answer


def comparable(described: Any) -> Any:
    """The description without the random order of Go's maps, and without the old name of the optional type."""
    if not isinstance(described, list):
        return "optional_type" if described == "optional" else described
    parts = [comparable(part) for part in described]
    if parts and parts[0] in ("map", "list") and isinstance(parts[1], list):
        return [parts[0], sorted(parts[1], key=json.dumps)]
    return parts


def same(ours_: Any, theirs: Any) -> bool:
    """Whether the answers agree, apart from the order in which Go walks a map and the wording of syntax errors."""
    if ours_ == theirs or "typed" not in ours_ or "typed" not in theirs:
        return bool(without_syntax_wording(ours_) == without_syntax_wording(theirs))
    return bool(comparable(ours_["typed"]) == comparable(theirs["typed"]))
