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

from cel import ask_syntax_errors
from decode import ask_wrong_types
from recorded.verdicts import Case, stable

from differential.oracle import cases, limits
from differential.oracle.process import DEFAULT_MINOR, Reference
from differential.oracle.signed import CONFIG, Signed, all_signed, question
from differential.oracle.tokens import NOW, Token, all_tokens

FOLDER: Final = Path(__file__).resolve().parents[3] / "pkgs/kube-oidc/tests/recorded"
# Go walks maps in a random order: of several wrong claims, any may be the one it reports.
TIMES_ASKED: Final = 20
# Most differences between minors are between this one and the default.
OLDER_MINOR: Final = "1.31"

# Certificates by themselves are recorded in certificates.json.
AUTHORITIES: Final = ("two", "words", "serial-negative", "unicode", "key-then-certificate")

Row = dict[str, Any]


def main() -> int:
    """Asks everything and writes every file; the keys of signed tokens are new each time."""
    with Reference(DEFAULT_MINOR) as new, Reference(OLDER_MINOR) as old:
        write("validation.jsonl", verdicts(new, old, validation_cases()))
        write("documents.jsonl", verdicts(new, old, document_cases()))
        write("users.jsonl", users(new, old, user_cases()))
        write("signatures.jsonl", signatures(new, old, signed_cases()))
        ask_syntax_errors.record(new)
        ask_wrong_types.record(new)
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
    yield from (case for case in cases.authorities() if case.name.removeprefix("authority: ") in AUTHORITIES)
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


def verdicts(new: Reference, old: Reference, asked: Iterable[Case]) -> Iterator[Row]:
    """Each file with the reference's verdict, and with the older minor's where that differs."""
    listed = list(asked)
    questions = [(case.config, case.issuers) for case in listed]
    answers = zip(new.validate_all(questions), old.validate_all(questions), strict=True)
    for case, (answer, older) in zip(listed, answers, strict=True):
        issuers = {"issuers": list(case.issuers)} if case.issuers else {}
        both = with_older("answer", verdict(answer), verdict(older))
        yield {"name": case.name, **text("config", case.config), **issuers, **both}


def with_older(name: str, answer: object, older: object) -> Row:
    """The answer, and that of the older minor if it is another one."""
    same = stable(json.dumps(answer)) == stable(json.dumps(older))
    return {name: answer} if same else {name: answer, OLDER_MINOR: older}


def verdict(answer: Row) -> Row:
    """The parts of an answer that are compared."""
    if "panic" in answer:
        return {"panic": answer["panic"]}
    if answer["decodeError"] is not None:
        return {"decodeError": answer["decodeError"]}
    return {"errors": [{"type": error["type"], "text": error["text"]} for error in answer["errors"] or ()]}


def users(new: Reference, old: Reference, tokens: Iterable[Token]) -> Iterator[Row]:
    """Each configuration with its tokens and what becomes of them."""
    for (group, config), members in groupby(tokens, key=lambda token: (token.group, token.config)):
        rows = []
        for token in members:
            question = {"op": "authenticate", "now": NOW, **text("config", config)}
            question |= text("payload", token.payload)
            both = with_older("answers", *(answers_to(reference, question) for reference in (new, old)))
            rows.append({**text("payload", token.payload), **both})
        yield {"group": group, **text("config", config), "now": NOW, "tokens": rows}


def answers_to(reference: Reference, question: Row) -> list[Row]:
    """Every answer that the reference gives to this question."""
    found = {json.dumps(user(answer)) for answer in reference.ask_all([question] * TIMES_ASKED)}
    return [json.loads(one) for one in sorted(found)]


def user(answer: Row) -> Row:
    """An answer without the number of its question."""
    return {name: value for name, value in answer.items() if name != "id"}


def signatures(new: Reference, old: Reference, tokens: Iterable[Signed]) -> Iterator[Row]:
    """First what the others refer to by number, for most tokens and key sets occur many times."""
    listed = list(tokens)
    shared: dict[str, dict[str, int]] = {"tokens": {}, "keySets": {}, "answers": {}}
    rows = []
    for signed in listed:
        answer, older = (answers_to(one, question(signed)) for one in (new, old))
        both = with_older("answers", answer, older)
        numbers = {name: number(shared["answers"], json.dumps(value)) for name, value in both.items()}
        places = {
            "token": number(shared["tokens"], signed.token), "keys": number(shared["keySets"], signed.keys)
        }  # fmt: skip
        rows.append({"name": signed.name, **places, **numbers})
    answers = [json.loads(text) for text in shared["answers"]]
    texts = {"tokens": list(shared["tokens"]), "keySets": list(shared["keySets"]), "answers": answers}
    yield {"config": CONFIG.decode(), "now": NOW, **texts}
    yield from rows


def number(known: dict[str, int], text: str) -> int:
    """The text's place among those that are known, of which it becomes one."""
    return known.setdefault(text, len(known))


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
