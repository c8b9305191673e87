"""Writes expressions.jsonl: what every Kubernetes minor answers to expressions, and to calls of every overload.

    export PYTHONPATH=tests:pkgs/kube-oidc/tests:pkgs/kube-oidc/tests/cel
    .venv/bin/python pkgs/kube-oidc/tests/cel/ask_expressions.py

Each line is an expression with its answers: the minors that give an answer, as in "30-33 35", and the answer (the
error, with `compiled` false where the expression is refused, or the value with the type of every part); where it
compiles also `outputTypes`, in the same way. Each question is asked twice; answers that depend on the order of a Go map
are omitted.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from differential.oracle.process import Reference, minors
from overload_calls import calls

HERE = Path(__file__).parent
ANSWERS = HERE / "expressions.jsonl"
INPUTS = json.loads((HERE / "inputs.json").read_text("utf-8"))
DEPTHS = (124, 125, 126, 249, 250, 251)
NESTED = (
    ("(", "1", ")"),
    ("[", "1", "]"),
    ("{1: ", "1", "}"),
    ("1 + (", "1", ")"),
    ("true == (", "true", ")"),
    ("1 + 1 * (", "1", ")"),
    ("type(", "1", ")"),
    ("(true || ", "true", ")"),
    ("!", "true", ""),
    ("true ? 1 : ", "2", ""),
    ("", "1", " + 1"),
    ("", "claims", ".m"),
    ("", "claims", ".?m"),
    ("", "claims", '["m"]'),
    ("", '"a"', ".lowerAscii()"),
    ("", "true", " && true"),
)


def questions() -> Iterator[tuple[str, str]]:
    """Scope and expression."""
    for scope in ("claims", "user"):
        for line in (HERE / f"{scope}_expressions.txt").read_text("utf-8").splitlines():
            yield scope, line
    yield "claims", ""
    for depth in DEPTHS:
        for before, middle, after in NESTED:
            yield "claims", before * depth + middle + after * depth
    for expression in calls():
        yield "claims", expression


def answer(found: dict[str, Any]) -> dict[str, Any]:
    """The recorded part of an answer."""
    if "panic" in found:
        return {"panic": found["panic"]}
    if found["ok"]:
        return {"typed": found["typed"]}
    if "0x" in found["error"] and "incompatible type already exists" in found["error"]:
        return {
            "error": "incompatible type already exists",
            "compiled": False,
        }  # the message contains an address
    return {"error": found["error"], "compiled": found.get("compiled", True)}


def main() -> None:
    """Asks every minor twice, and writes a line for each expression."""
    asked = list(dict.fromkeys(questions()))
    answers: list[dict[str, list[int]]] = [{} for _ in asked]
    types: list[dict[str, list[int]]] = [{} for _ in asked]
    payloads = [(text, json.dumps(INPUTS[scope]), scope) for scope, text in asked]
    for minor in minors():
        number = int(minor.split(".")[1])
        with Reference(minor) as reference:
            rounds = [list(reference.evaluate_all(payloads)) for _ in range(2)]
        for one, two, kept, typed in zip(*rounds, answers, types, strict=True):
            if answer(one) == answer(two):
                kept.setdefault(json.dumps(answer(one)), []).append(number)
            if one.get("outputType"):
                typed.setdefault(one["outputType"], []).append(number)
    with ANSWERS.open("w", encoding="utf-8") as file:
        for (scope, expression), kept, typed in zip(asked, answers, types, strict=True):
            row: dict[str, Any] = {"scope": scope, "expression": expression}
            row["answers"] = {ranges(numbers): json.loads(text) for text, numbers in kept.items()}
            if typed:
                row["outputTypes"] = {ranges(numbers): name for name, numbers in typed.items()}
            file.write(json.dumps(row) + "\n")


def ranges(numbers: list[int]) -> str:
    """29, 30, 31 and 33 as "29-31 33"."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and parts[-1][-1] == number - 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    return " ".join(f"{part[0]}-{part[-1]}" if len(part) > 1 else str(part[0]) for part in parts)


if __name__ == "__main__":
    main()
