"""Expressions against the recorded answers of every Kubernetes minor (written by ask_expressions.py)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from kube_oidc.model import UserInfo
from kube_oidc.verdict.cel.compile import Scope
from kube_oidc.verdict.undecidable import Undecidable
from kube_oidc.verdict.versions import DEFAULT, known_versions

from .answers import ours, same

HERE = Path(__file__).parent
ROWS = [json.loads(line) for line in (HERE / "expressions.jsonl").open(encoding="utf-8")]
INPUTS = json.loads((HERE / "inputs.json").read_text("utf-8"))
USER = INPUTS["user"]
MINORS = [version.minor for version in known_versions()]
RANDOM = "the API server walks maps in random order, and the result depends on it"
PATCH = "the result of containsCIDR() differs before 1.32.4"
UNDECIDED = {
    'timestamp("2023-02-28T23:59:59Z").getHours("Local")': "the time zone Local depends on the API server's machine",
    r'"abc".matches(r"\p{Greek}")': "a regular expression with the Unicode class Greek",
    r'"abc".matches(r"\p{Foo}")': "a regular expression with the Unicode class Foo",
    "google.protobuf.Empty{}": "kube-oidc can't evaluate google.protobuf.Empty{...}",
    "google.protobuf.Int64Value{value: claims.a}": "kube-oidc can't evaluate google.protobuf.Int64Value{...}",
    '"%.400f".format([1.0])': "400 decimals",
    'cidr("10.0.0.0/8").containsCIDR("10.1.0.0/16")': PATCH,
    '(cidr("10.0.0.0/8")).containsCIDR(cidr("10.1.2.3/16"))': PATCH,
    '(cidr("10.1.2.3/16")).containsCIDR(cidr("10.1.2.3/16"))': PATCH,
    "dyn(claims.m).map(k, k)": RANDOM,
    "dyn(claims.m).transformList(k, v, k)": RANDOM,
}
OTHER_WORDS = {  # the API server's message includes a dump of its tree or an address
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
    """{"30-31 33": answer} as an answer for each minor."""
    found = {}
    for text, answer in ranges.items():
        for part in text.split():
            first, _, last = part.partition("-")
            found |= dict.fromkeys(range(int(first), int(last or first) + 1), answer)
    return found


@pytest.mark.parametrize(
    "minor",
    [pytest.param(minor, marks=[] if minor == DEFAULT.minor else pytest.mark.slow) for minor in MINORS],
)
def test_answers_as_the_api_server_does(minor: int) -> None:
    undecided, other_words, different = {}, set(), []
    for row in ROWS:
        expression, theirs = row["expression"], by_minor(row["answers"]).get(minor)
        if theirs is None:
            continue
        answer, output_type = ours(expression, Scope(row["scope"]), GIVEN[row["scope"]], minor)
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
