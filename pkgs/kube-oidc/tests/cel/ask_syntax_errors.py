"""Writes syntax_errors.jsonl (`make record`): where Kubernetes' parser finds the first syntax error of an expression.

Each line is an expression and the `place` (line:column) of the first syntax error, or null if there is none. The
expressions are both columns of mistakes.jsonl, and recorded expressions with tokens removed, inserted or replaced.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path

from differential.oracle.process import Reference

HERE = Path(__file__).parent
PLACES = HERE / "syntax_errors.jsonl"
PLACE = re.compile(r"^(?:compilation failed: )?ERROR: <input>:(\d+:\d+): Syntax error: ", re.MULTILINE)
TOKEN = re.compile(r"\s+|\w+|\"[^\"]*\"|'[^']*'|&&|\|\||[=!<>]=|.", re.DOTALL)
WORDS = "= & | ! ( ) [ ] { } , . ? : == \" ' \\ # @ ` - + in and or not as true x 1 0x 1e .5 ?. ?? => //"
INSERTED = [*WORDS.split(), '"""', 'r"', "'\\.'", "`a`", "\n", ".all(x,", "has("]
COUNT, SEED = 1200, 11


def expressions() -> Iterator[str]:
    """Every expression to ask about."""
    for line in (HERE / "mistakes.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        yield row["wrong"]
        yield row["meant"]
    recorded = (HERE / "claims_expressions.txt").read_text("utf-8").splitlines()
    chosen = random.Random(SEED)
    for _ in range(COUNT):
        yield damaged(chosen.choice(recorded), chosen)


def damaged(expression: str, chosen: random.Random) -> str:
    """The expression with one to three tokens removed, inserted or replaced."""
    parts = TOKEN.findall(expression)
    for _ in range(chosen.choice((1, 1, 2, 3))):
        place = chosen.randrange(len(parts))
        inserted = chosen.choice(INSERTED)
        parts[place] = chosen.choice(("", inserted, parts[place] + inserted, f"{inserted} {parts[place]}"))
    return "".join(parts)


def rows(reference: Reference) -> Iterator[dict[str, str | None]]:
    """The reference's answer for each expression."""
    asked = list(dict.fromkeys(expressions()))
    answers = reference.evaluate_all((text, "{}", "claims") for text in asked)
    for text, answer in zip(asked, answers, strict=True):
        found = PLACE.search(answer.get("error", "")) if answer.get("compiled") is False else None
        yield {"expression": text, "place": found[1] if found else None}


def record(reference: Reference) -> None:
    """Writes a line for each expression."""
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows(reference)]
    PLACES.write_text("".join(lines), encoding="utf-8")
