"""Writes the reference's answers next to the package's fast tests: `make record`.

The package's tests read them, so that they hold every rule against Kubernetes without Go. test_recorded.py fails when
the cases or the answers have changed since.
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from recorded.verdicts import Case

from differential.oracle import cases, limits
from differential.oracle.process import DEFAULT_MINOR, Reference
from differential.oracle.signed import CONFIG, Signed, all_signed, question
from differential.oracle.tokens import NOW, Token, all_tokens

FOLDER: Final = Path(__file__).resolve().parents[3] / "pkgs/kube-oidc/tests/recorded"
# Go walks maps in a random order: of several wrong claims, any may be the one it reports.
TIMES_ASKED: Final = 20

Row = dict[str, Any]


def main() -> int:
    """Asks everything and writes every file; the keys of signed tokens are new each time."""
    with Reference(DEFAULT_MINOR) as reference:
        write("validation.jsonl", verdicts(reference, validation_cases()))
        write("documents.jsonl", verdicts(reference, document_cases()))
        write("users.jsonl", users(reference, user_cases()))
        write("signatures.jsonl", signatures(reference, signed_cases()))
    return 0


def write(name: str, rows: Iterable[Row]) -> None:
    """One row a line."""
    lines = [json.dumps(row, ensure_ascii=True) for row in rows]
    (FOLDER / name).write_text("\n".join(lines) + "\n", encoding="ascii")
    print(f"{len(lines):6} rows in {name}")


def validation_cases() -> Iterator[Case]:
    """Every rule of validation; of the e-mail rule's product, each user name and each other place once."""
    yield from cases.rules()
    yield from cases.extra_keys()
    yield from cases.urls()
    yield from (
        case for case in cases.emails() if case.name.endswith(" {}") or "'claims.email' " in case.name
    )
    yield from limits.issuers()
    yield from cases.saved()


def document_cases() -> Iterator[Case]:
    """Whole files: YAML, JSON and what only resembles them."""
    return cases.documents()


def user_cases() -> list[Token]:
    """Every group of tokens; the search for odd values in every place stays in the differential test."""
    return [token for token in all_tokens() if not token.group.startswith("corner: ")]


def signed_cases() -> Iterator[Signed]:
    """Every header, algorithm and change; of changed keys, those of one key of each kind."""
    spare = ("in rsa3", "in rsa1024", "in ec384", "in ec521")
    return (signed for signed in all_signed() if not signed.name.endswith(spare))


def verdicts(reference: Reference, asked: Iterable[Case]) -> Iterator[Row]:
    """Each file with the reference's verdict."""
    listed = list(asked)
    answers = reference.validate_all((case.config, case.issuers) for case in listed)
    for case, answer in zip(listed, answers, strict=True):
        issuers = {"issuers": list(case.issuers)} if case.issuers else {}
        yield {"name": case.name, **text("config", case.config), **issuers, "answer": verdict(answer)}


def verdict(answer: Row) -> Row:
    """The parts of an answer that are compared."""
    if "panic" in answer:
        return {"panic": answer["panic"]}
    if answer["decodeError"] is not None:
        return {"decodeError": answer["decodeError"]}
    return {"errors": [{"type": error["type"], "text": error["text"]} for error in answer["errors"] or ()]}


def users(reference: Reference, tokens: Iterable[Token]) -> Iterator[Row]:
    """Each configuration with its tokens and what becomes of them."""
    for (group, config), members in groupby(tokens, key=lambda token: (token.group, token.config)):
        rows = []
        for token in members:
            asked = [(config, token.payload, NOW)] * TIMES_ASKED
            found = {json.dumps(user(answer)): None for answer in reference.authenticate_all(asked)}
            rows.append(
                {**text("payload", token.payload), "answers": [json.loads(one) for one in sorted(found)]}
            )
        yield {"group": group, **text("config", config), "now": NOW, "tokens": rows}


def user(answer: Row) -> Row:
    """An answer without the number of its question."""
    return {name: value for name, value in answer.items() if name != "id"}


def signatures(reference: Reference, tokens: Iterable[Signed]) -> Iterator[Row]:
    """First what the others refer to by number, for most tokens and key sets occur many times."""
    listed = list(tokens)
    answers = [answer_to(reference, signed) for signed in listed]
    texts = {
        "tokens": list(dict.fromkeys(signed.token for signed in listed)),
        "keySets": list(dict.fromkeys(signed.keys for signed in listed)),
        "answers": [json.loads(text) for text in dict.fromkeys(answers)],
    }
    yield {"config": CONFIG.decode(), "now": NOW, **texts}
    numbers = {text: number for number, text in enumerate(dict.fromkeys(answers))}
    for signed, answer in zip(listed, answers, strict=True):
        token, keys = texts["tokens"].index(signed.token), texts["keySets"].index(signed.keys)
        yield {"name": signed.name, "token": token, "keys": keys, "answers": numbers[answer]}


def answer_to(reference: Reference, signed: Signed) -> str:
    """Every answer that the reference gives, as JSON."""
    asked = [question(signed)] * TIMES_ASKED
    found = {json.dumps(user(answer)) for answer in reference.ask_all(asked)}
    return json.dumps([json.loads(one) for one in sorted(found)])


def text(name: str, value: bytes | str) -> Row:
    """The value as text if it is UTF-8, else as base64."""
    if isinstance(value, str):
        return {name: value}
    try:
        return {name: value.decode()}
    except UnicodeDecodeError:
        return {f"{name}Base64": base64.b64encode(value).decode()}


if __name__ == "__main__":
    sys.exit(main())
