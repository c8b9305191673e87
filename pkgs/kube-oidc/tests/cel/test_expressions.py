"""Expressions, against what every Kubernetes minor answered (written by ask_expressions.py)."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from kube_oidc.cel import gotext
from kube_oidc.cel.compile import CompileError, Scope, Undecidable, compile_expression
from kube_oidc.cel.evaluate import bound, evaluate, new_frame, run
from kube_oidc.cel.goprint import go_duration
from kube_oidc.cel.values import Duration, MapValue, Optional, Timestamp, TypeValue, Uint, type_name
from kube_oidc.kubernetes_version import KubernetesVersion
from kube_oidc.model import UserInfo

HERE = Path(__file__).parent
ROWS = [json.loads(line) for line in (HERE / "expressions.jsonl").open(encoding="utf-8")]
INPUTS = json.loads((HERE / "inputs.json").read_text("utf-8"))
USER = INPUTS["user"]
MINORS = range(29, 38)
RANDOM = "the API server walks a map in another order each time, and what comes of it depends on the order"
UNDECIDED = {
    'timestamp("2023-02-28T23:59:59Z").getHours("Local")': "the zone Local is the API server's own",
    r'"abc".matches(r"\p{Greek}")': "a regular expression with the class of characters Greek",
    r'"abc".matches(r"\p{Foo}")': "a regular expression with the class of characters Foo",
    "google.protobuf.Empty{}": "google.protobuf.Empty{...} is not evaluated here",
    "google.protobuf.Int64Value{value: claims.a}": "google.protobuf.Int64Value{...} is not evaluated here",
    '"%.400f".format([1.0])': "400 decimals",
    "dyn(claims.m).map(k, k)": RANDOM,
    "dyn(claims.m).transformList(k, v, k)": RANDOM,
}
OTHER_WORDS = {  # the API server's text has a part that no reader needs: a dump of its tree, or an address
    "[1,2,3].map(__result__, true)",
    "optional.none().optMap(x, x + 1)",
}
GIVEN = {
    "claims": INPUTS["claims"],
    "user": UserInfo(
        USER["username"],
        USER["uid"],
        tuple(USER["groups"]),
        {key: tuple(values) for key, values in USER["extra"].items()},
    ),
}


def by_minor(ranges: dict[str, Any]) -> dict[int, Any]:
    """{"29-31 33": answer} as an answer for each minor."""
    found = {}
    for text, answer in ranges.items():
        for part in text.split():
            first, _, last = part.partition("-")
            found |= dict.fromkeys(range(int(first), int(last or first) + 1), answer)
    return found


def ours(scope: str, expression: str, minor: int) -> tuple[dict[str, Any] | Undecidable, str]:
    """Our answer in the form of the file, and the type that is known before evaluation."""
    compiled = compile_expression(expression, Scope(scope), KubernetesVersion(1, minor))
    if isinstance(compiled, CompileError):
        if compiled.message.startswith("panic: "):
            return {"panic": compiled.message.removeprefix("panic: ")}, ""
        return {"error": compiled.message, "compiled": False}, ""
    if isinstance(compiled, Undecidable):
        return compiled, ""
    outcome = evaluate(compiled, bound(GIVEN[scope], compiled.version))
    if isinstance(outcome, Undecidable):
        return outcome, compiled.output_type
    if hasattr(outcome, "message"):
        return {"error": outcome.message, "compiled": True}, compiled.output_type
    frame = new_frame(compiled, bound(GIVEN[scope], compiled.version))
    return {"typed": typed(run(compiled, frame))}, compiled.output_type


def typed(value: Any) -> list[Any]:
    """The type's name, and what the value is made of."""
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
        case {"@type": "net.IP"}:
            return [name, value["address"]]
        case {"@type": "net.CIDR"}:
            return [name, value["prefix"]]
    return [name]


def comparable(described: Any) -> Any:
    """Free of the order in which Go happens to go through a map, and of optional's older name."""
    if not isinstance(described, list):
        return "optional_type" if described == "optional" else described
    parts = [comparable(part) for part in described]
    if parts and parts[0] in ("map", "list") and isinstance(parts[1], list):
        return [parts[0], sorted(parts[1], key=json.dumps)]
    return parts


def same(ours_: Any, theirs: Any) -> bool:
    """Is the answer the same, but for the order in which Go happens to go through a map?"""
    if ours_ == theirs or "typed" not in ours_ or "typed" not in theirs:
        return bool(ours_ == theirs)
    return bool(comparable(ours_["typed"]) == comparable(theirs["typed"]))


@pytest.mark.parametrize("minor", MINORS)
def test_answers_as_the_api_server_does(minor: int) -> None:
    undecided, other_words, different = {}, set(), []
    for row in ROWS:
        expression, theirs = row["expression"], by_minor(row["answers"]).get(minor)
        if theirs is None:
            continue
        answer, output_type = ours(row["scope"], expression, minor)
        if isinstance(answer, Undecidable):
            undecided[expression] = answer.reason
        elif not same(answer, theirs):
            refused = "error" in answer and "error" in theirs and answer["compiled"] == theirs["compiled"]
            if refused and expression in OTHER_WORDS:
                other_words.add(expression)
            else:
                different.append((expression, answer, theirs))
        elif output_type and output_type != by_minor(row.get("outputTypes", {})).get(minor, output_type):
            different.append((expression, output_type, row["outputTypes"]))
    assert different == []
    assert undecided.items() <= UNDECIDED.items()
    assert len(other_words) <= 2


def test_there_is_something_to_compare() -> None:
    assert len(ROWS) > 4000
    assert sum("typed" in answer for row in ROWS for answer in row["answers"].values()) > 1500
