"""Writes syntax_errors.jsonl: where Kubernetes' own parser finds the first syntax error of damaged expressions.

    PYTHONPATH=tests:pkgs/kube-oidc/tests/cel python pkgs/kube-oidc/tests/cel/ask_syntax_errors.py

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


def main() -> None:
    """Asks the reference for the default minor and writes a line for each expression."""
    asked = list(dict.fromkeys(expressions()))
    with Reference() as reference, PLACES.open("w", encoding="utf-8") as file:
        for text, answer in zip(
            asked, reference.evaluate_all((t, "{}", "claims") for t in asked), strict=True
        ):
            found = PLACE.search(answer.get("error", "")) if answer.get("compiled") is False else None
            row = {"expression": text, "place": found[1] if found else None}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
