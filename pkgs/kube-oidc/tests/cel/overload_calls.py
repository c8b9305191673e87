"""Calls of every overload in declarations.txt: a few that fit, and a few with one wrong argument or count."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

from kube_oidc.verdict.cel.environment import Overload, all_overloads
from kube_oidc.verdict.cel.types import Kind, Type

SAMPLES = {
    "string": ['"abc"', '""', "claims.s", '"héllo"', '"10.0.0.1"', '"a,b,,c"', '"1.2.3"', '"1Gi"', '"https://a.b:80/c?d=e"'],
    "int": ["0", "1", "-1", "3", "9223372036854775807", "int(claims.a)"],
    "uint": ["0u", "7u", "18446744073709551615u"],
    "double": ["0.0", "1.5", "-2.5", "claims.d", 'double("NaN")', 'double("inf")'],
    "bool": ["true", "false", "claims.t"],
    "bytes": ['b"abc"', 'b""', 'b"\\xff"'],
    "duration": ['duration("1h30m")', 'duration("-1.5s")', 'duration("0")'],
    "timestamp": ['timestamp("2023-05-06T07:08:09.123Z")', "timestamp(0)", 'timestamp("2023-05-06T07:08:09+02:00")'],
    "dyn": ["dyn(1)", 'dyn("a")', "dyn(claims.l)", "claims.n"],
    "any": ["claims.s"],
    "null": ["null"],
    "type": ["int", 'type("a")'],
    "net.IP": ['ip("10.1.2.3")', 'ip("::1")', 'ip("fe80::1")'],
    "net.CIDR": ['cidr("10.0.0.0/8")', 'cidr("2001:db8::/32")', 'cidr("10.1.2.3/16")'],
    "kubernetes.URL": ['url("https://u:p@a.b:8080/c%20d?e=f&e=g#h")', 'url("/x/y")'],
    "kubernetes.Quantity": ['quantity("1Gi")', 'quantity("500m")', 'quantity("-3")'],
    "kubernetes.Semver": ['semver("1.2.3")', 'semver("1.2.3-rc.1+b")', 'semver("v1.2", true)'],
    "kubernetes.NamedFormat": ["format.dns1123Label()", "format.uuid()", 'format.named("date").value()'],
}  # fmt: skip
ANYTHING = [sample for samples in SAMPLES.values() for sample in samples[:2]] + [
    "[1, 2]", '{"a": 1}', "claims", "claims.l", "claims.m", "claims.nothing", "optional.of(1)",
]  # fmt: skip
OPERATORS = {
    "_+_": "+", "_-_": "-", "_*_": "*", "_/_": "/", "_%_": "%", "_<_": "<", "_<=_": "<=", "_>_": ">", "_>=_": ">=",
    "_==_": "==", "_!=_": "!=", "_&&_": "&&", "_||_": "||", "@in": "in",
}  # fmt: skip
FITTING, WRONG = 4, 2


def calls(seed: int = 7) -> Iterator[str]:
    """The expressions, the same for the same seed."""
    chance = random.Random(seed)
    for overload in all_overloads():
        if "@" in overload.function and overload.function != "@in":
            continue
        choices = [samples(argument) for argument in overload.arguments]
        combinations = [list(each) for each in itertools.islice(itertools.product(*choices), 400)]
        chance.shuffle(combinations)
        if overload.function == "lists.range":  # the API server makes a list of that many items
            combinations = [["3"], ["0"], ["-1"]]
        for arguments in combinations[:FITTING]:
            yield call(overload, arguments)
        yield call(overload, [f"dyn({argument})" for argument in combinations[0]])
        for arguments in combinations[:WRONG] if overload.arguments else ():
            position = chance.randrange(len(arguments))
            yield call(overload, _replaced(arguments, position, chance.choice(ANYTHING)))
            yield call(overload, _replaced(arguments, position, f"dyn({chance.choice(ANYTHING)})"))
        if overload.function.isidentifier():
            yield call(overload, [*combinations[0], "1"])


def samples(wanted: Type) -> list[str]:
    """Expressions of that type."""
    if wanted.kind is Kind.PARAM:
        return ["1", '"a"', "[1]", "claims.s"]
    if wanted.kind is Kind.LIST:
        items = samples(wanted.parameters[0])
        return [f"[{', '.join(items[:2])}]", f"[{items[0]}]", "[]", "claims.l", "claims.nums"]
    if wanted.kind is Kind.MAP:
        return ['{"a": 1, "b": 2}', "{}", '{1: "x"}', "claims.m"]
    if wanted.name == "optional_type":
        return [
            f"optional.of({samples(wanted.parameters[0])[0]})",
            "optional.none()",
            "claims.?foo",
            "claims.?s",
        ]
    return SAMPLES.get(str(wanted), SAMPLES.get(wanted.name, ["claims.x"]))


def _replaced(arguments: list[str], position: int, by: str) -> list[str]:
    return [*arguments[:position], by, *arguments[position + 1 :]]


def call(overload: Overload, arguments: list[str]) -> str:
    """The call as it is written."""
    function = overload.function
    if function in OPERATORS:
        return f" {OPERATORS[function]} ".join(arguments)
    match function:
        case "!_" | "-_":
            return f"{function[0]}({arguments[0]})"
        case "_?_:_":
            return f"{arguments[0]} ? {arguments[1]} : {arguments[2]}"
        case "_[_]" | "_[?_]":
            return f"({arguments[0]})[{'?' if '?' in function else ''}{arguments[1]}]"
        case "_?._":
            return f"({arguments[0]}).?foo"
    if not overload.member:
        return f"{function}({', '.join(arguments)})"
    target, *others = arguments
    return f"({target}).{function}({', '.join(others)})"
