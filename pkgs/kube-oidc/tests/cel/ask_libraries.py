"""Writes libraries.jsonl: the answers of Kubernetes' CEL libraries to calls with libraries_inputs.json.

    PYTHONPATH=tests python pkgs/kube-oidc/tests/cel/ask_libraries.py

A call is a list, the function's name first; `list` and `value` are what they hold, as `dyn`. A line has the call
as an expression, and its claims: texts reach the libraries as claims, so that nothing is computed, or refused, when
the expression is compiled. Of the calls of one function, and of those that become the same, a share is kept, drawn
with a fixed seed; `--all` keeps all.
"""

from __future__ import annotations

import itertools
import json
import random
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from differential.oracle.process import Reference

MOST_ALIKE, MOST_OF_A_FUNCTION = 8, 400
ANSWERS = Path(__file__).parent / "libraries.jsonl"
GLOBAL = frozenset(
    [
        "url",
        "isURL",
        "isIP",
        "ip.isCanonical",
        "cidr",
        "isCIDR",
        "quantity",
        "isQuantity",
        "sign",
        "semver",
        "isSemver",
        "string",
        "duration",
    ]
)

INPUTS: dict[str, list[Any]] = json.loads(
    (Path(__file__).parent / "libraries_inputs.json").read_text("utf-8")
)


def calls() -> Iterator[list[Any]]:
    """Every call to ask about."""
    for text in INPUTS["urls"]:
        yield ["isURL", text]
        yield ["url", text]
        for getter in ("Scheme", "Host", "Hostname", "Port", "EscapedPath", "Query"):
            yield [f"get{getter}", ["url", text]]
    yield from _pairs(
        "==", "url", ["https://a", "HTTPS://a", "https://a/", "https://a?", "https:", "https://"]
    )
    for text in INPUTS["ips"]:
        for function in ("isIP", "ip", "ip.isCanonical"):
            yield [function, text]
        kinds = ["Unspecified", "Loopback", "LinkLocalMulticast", "LinkLocalUnicast", "GlobalUnicast"]
        for function in ("string", "family", *(f"is{kind}" for kind in kinds)):
            yield [function, ["ip", text]]
        for prefix in ("10.0.0.0/8", "::/0", "2001:db8::/32", "0.0.0.0/0"):
            yield ["containsIP", ["cidr", prefix], text]
            yield ["containsIP", ["cidr", prefix], ["ip", text]]
    yield from _pairs("==", "ip", ["1.2.3.4", "::1", "0::1", "::102:304"])
    for text in INPUTS["cidrs"]:
        yield ["isCIDR", text]
        for function in ("string", "prefixLength", "ip"):
            yield [function, ["cidr", text]]
        yield ["string", ["masked", ["cidr", text]]]
        yield ["string", ["ip", ["masked", ["cidr", text]]]]
        for outer in [*INPUTS["cidrs"][:5], "::/0", "2001:db8::/32", "10.1.0.0/16"]:
            yield ["containsCIDR", ["cidr", outer], text]
            yield ["containsCIDR", ["cidr", outer], ["cidr", text]]
    yield from _pairs("==", "cidr", ["10.0.0.0/8", "10.1.0.0/8", "10.0.0.0/9", "::/8"])
    yield from _quantities()
    for text in INPUTS["semvers"]:
        for arguments in ([text], [text, False], [text, True]):
            yield ["isSemver", *arguments]
            for part in ("major", "minor", "patch"):
                yield [part, ["semver", *arguments]]
    for function in ("compareTo", "isGreaterThan", "isLessThan", "=="):
        yield from _pairs(function, "semver", INPUTS["semvers"])
    for name, text in itertools.product(INPUTS["formats"], INPUTS["names"]):
        yield ["validate", [f"format.{name}"], text]
    for name in [*INPUTS["formats"], "x", "", "DNS1123Label"]:
        yield ["format.named", name]
    for pattern, text in itertools.product(INPUTS["patterns"], INPUTS["texts"]):
        yield ["find", text, pattern]
        yield ["findAll", text, pattern]
    for limit in (-5, 0, 1, 2, 9):
        yield ["findAll", "abcabc", "[a-c]", limit]
    yield from _lists()
    yield from _wrong_kinds()


def _pairs(function: str, maker: str, texts: list[str]) -> Iterator[list[Any]]:
    for one, two in itertools.product(texts, texts):
        yield [function, [maker, one], [maker, two]]


def _quantities() -> Iterator[list[Any]]:
    for text in INPUTS["quantities"]:
        yield ["isQuantity", text]
        for function in ("sign", "isInteger", "asInteger", "asApproximateFloat"):
            yield [function, ["quantity", text]]
    for function in ("compareTo", "isGreaterThan", "=="):
        yield from _pairs(function, "quantity", INPUTS["quantities"])
    for function, one, two in itertools.product(
        ("add", "sub"), INPUTS["quantities"][::3], INPUTS["quantities"][::4]
    ):
        result = [function, ["quantity", one], ["quantity", two]]
        yield ["asApproximateFloat", result]
        yield ["isInteger", result]
        yield ["compareTo", result, ["quantity", "1"]]
    numbers = (0, 1, -5, 9223372036854775807, -9223372036854775808)
    for function, one, number in itertools.product(("add", "sub"), INPUTS["quantities"], numbers):
        yield ["asApproximateFloat", [function, ["quantity", one], number]]
        yield ["isInteger", [function, ["quantity", one], number]]


def _lists() -> Iterator[list[Any]]:
    for items in INPUTS["lists"]:
        for function in ("isSorted", "sum", "min", "max"):
            yield [function, ["list", items]]
        for item in INPUTS["items"]:
            yield ["indexOf", ["list", items], ["value", item]]
            yield ["lastIndexOf", ["list", items], ["value", item]]


def _wrong_kinds() -> Iterator[list[Any]]:
    opaque = [
        ["url", "https://a"],
        ["ip", "1.2.3.4"],
        ["cidr", "10.0.0.0/8"],
        ["quantity", "1"],
        ["semver", "1.2.3"],
    ]
    wrong = ["a", *(["value", item] for item in (1, 1.5, True, None, [1], {"a": 1}))]
    unary = [
        "url",
        "isURL",
        "getScheme",
        "getHost",
        "getHostname",
        "getPort",
        "getEscapedPath",
        "getQuery",
        "ip",
        "isIP",
        "ip.isCanonical",
        "family",
        "isLoopback",
        "cidr",
        "isCIDR",
        "prefixLength",
        "masked",
        "quantity",
        "isQuantity",
        "sign",
        "isInteger",
        "asInteger",
        "asApproximateFloat",
        "semver",
        "isSemver",
        "major",
        "format.named",
        "isSorted",
        "sum",
        "min",
        "max",
    ]
    for function, argument in itertools.product(unary, wrong + [["dyn", value] for value in opaque]):
        if (function, argument) != ("ip", ["dyn", ["cidr", "10.0.0.0/8"]]):  # a method, not this function
            yield [function, argument]
    binary = [
        "containsIP",
        "containsCIDR",
        "isGreaterThan",
        "isLessThan",
        "compareTo",
        "add",
        "sub",
        "validate",
        "find",
        "findAll",
    ]
    for function, one, two in itertools.product(binary, wrong + opaque, wrong + opaque):
        yield [function, ["dyn", one], ["dyn", two]]


def expression(call: Any, claims: dict[str, str]) -> str:
    """The call in CEL; its texts go into `claims`."""
    if isinstance(call, str):
        name = f"t{len(claims)}"
        claims[name] = call
        return f"claims.{name}"
    if not isinstance(call, list):
        return literal(call)
    function, *arguments = call
    if function in ("list", "value"):
        return f"dyn({literal(arguments[0])})"
    texts = [expression(argument, claims) for argument in arguments]
    if function == "dyn":
        return f"dyn({texts[0]})"
    if function == "==":
        return f"{texts[0]} == {texts[1]}"
    of_a_prefix = (
        function == "ip" and isinstance(arguments[0], list) and arguments[0][0] in ("cidr", "masked")
    )
    if function in GLOBAL or function.startswith("format.") or (function == "ip" and not of_a_prefix):
        return f"{function}({', '.join(texts)})"
    return f"{texts[0]}.{function}({', '.join(texts[1:])})"


def literal(value: Any) -> str:
    """A value in CEL, where a list or a map may hold anything."""
    if isinstance(value, list):
        return f"[{', '.join(f'dyn({literal(item)})' for item in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{literal(key)}: dyn({literal(item)})' for key, item in value.items())}}}"
    return json.dumps(value, ensure_ascii=False)


def main() -> None:
    """Asks, and writes a line for each call that compiles: what it becomes, or its error."""
    asked = list(calls())
    random.Random(0).shuffle(asked)
    kept: Counter[str] = Counter()
    everything = "--all" in sys.argv
    questions = []
    for call in asked:
        claims: dict[str, str] = {}
        questions.append((call[0], expression(call, claims), claims))
    with Reference("1.36") as reference, ANSWERS.open("w", encoding="utf-8") as file:
        answers = reference.evaluate_all(
            [(text, json.dumps(claims), "claims") for _, text, claims in questions]
        )
        for (function, text, claims), answer in zip(questions, answers, strict=True):
            if not answer.get("compiled", answer["ok"]):
                continue
            known = (
                {"typed": answer["typed"]} if answer["ok"] else {"error": answer["error"], "compiled": True}
            )
            alike = json.dumps([function, known])
            if not everything and (kept[alike] >= MOST_ALIKE or kept[function] >= MOST_OF_A_FUNCTION):
                continue
            kept.update((alike, function))
            row = {"function": function, "expression": text, "claims": claims, "answer": known}
            file.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
