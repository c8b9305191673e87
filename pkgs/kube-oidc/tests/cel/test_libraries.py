"""Kubernetes' CEL libraries, against what Kubernetes' own code answered (written by ask_libraries.py)."""

from __future__ import annotations

import json
import math
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from kube_oidc.cel.libraries import FUNCTIONS, NONE, LibraryError, Optional, Unsupported

ANSWERS = [json.loads(line) for line in (Path(__file__).parent / "libraries.jsonl").open(encoding="utf-8")]
FUNCTION_NAMES = sorted({answer["call"][0] for answer in ANSWERS})


def run(call: Any) -> Any:
    if not isinstance(call, list):
        return call
    function, *arguments = call
    if function in ("list", "value", "dyn"):
        return arguments[0] if function != "dyn" else run(arguments[0])
    values = [run(argument) for argument in arguments]
    return values[0] == values[1] if function == "==" else FUNCTIONS[function](*values)


def typed(value: Any) -> Any:
    """The value as the reference describes it: the type of every part."""
    match value:
        case bool() | str():
            return ["bool" if isinstance(value, bool) else "string", value]
        case int():
            return ["int", str(value)]
        case float():
            return ["double", value]
        case None:
            return ["null_type", None]
        case list():
            return ["list", [typed(item) for item in value]]
        case Optional():
            return ["optional_type"] if value is NONE else ["optional_type", typed(value.value)]
        case {"@type": "net.IP" | "net.CIDR" as name}:
            return [name, FUNCTIONS["string"](value)]
        case {"@type": str(name)}:
            return [name]
        case dict():
            return ["map", sorted([typed(key), typed(item)] for key, item in value.items())]
    raise AssertionError(value)


def expected(answer: Any) -> Any:
    """Doubles as numbers; bytes that are no UTF-8, which JSON cannot hold, as it holds them."""
    match answer:
        case ["double", text]:
            return ["double", math.inf if text == "+Inf" else -math.inf if text == "-Inf" else float(text)]
        case ["map", entries]:
            return ["map", sorted(entries)]
        case ["list", items]:
            return ["list", [expected(item) for item in items]]
    return answer


def as_json(value: Any) -> Any:
    """What a JSON encoder of Go's makes of the texts: U+FFFD for each byte that is no UTF-8."""
    text = json.dumps(value)
    for byte in range(0x80, 0x100):
        text = text.replace(f"\\udc{byte:02x}", "\\ufffd")
    return json.loads(text)


@pytest.mark.parametrize("function", FUNCTION_NAMES)
def test_answers_as_kubernetes_does(function: str) -> None:
    undecided: Counter[str] = Counter()
    wrong = []
    for answer in ANSWERS:
        if answer["call"][0] != function:
            continue
        try:
            got = {"is": as_json(typed(run(answer["call"])))}
        except LibraryError as error:
            got = {"error": as_json(str(error))}
        except Unsupported as reason:
            undecided[str(reason)] += 1
            continue
        want = {"is": expected(answer["is"])} if "is" in answer else {"error": answer["error"]}
        if got != want:
            wrong.append((answer["call"], got, want))
    assert wrong == []
    assert not undecided or function in ("find", "findAll"), undecided
