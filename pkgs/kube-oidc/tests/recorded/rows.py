"""The reference's answers as they are kept here; `make record` writes them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from recorded.verdicts import Case

MINOR: Final = "1.36"
OLDER_MINOR: Final = "1.31"  # recorded only if its answer differs
_HERE: Final = Path(__file__).parent
_VALID: Final[dict[str, Any]] = {"decodeError": None, "errors": []}


@dataclass(frozen=True, slots=True)
class RecordedToken:
    """A payload under a configuration; each of `answers` is one that the API server gives."""

    name: str
    minor: str
    config: bytes
    payload: bytes
    now: int
    answers: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class RecordedSignature:
    """A whole token and the text of the issuer's key set."""

    name: str
    minor: str
    config: bytes
    token: str
    keys: str
    now: int
    answers: tuple[dict[str, Any], ...]


def rows(name: str) -> Iterator[dict[str, Any]]:
    """Every row of a file."""
    with (_HERE / name).open(encoding="ascii") as file:
        yield from map(json.loads, file)


def by_minor(row: dict[str, Any], name: str) -> Iterator[tuple[str, Any]]:
    """Each minor whose answer the row has, and the answer."""
    yield MINOR, row[name]
    if OLDER_MINOR in row:
        yield OLDER_MINOR, row[OLDER_MINOR]


def verdicts(name: str) -> Iterator[tuple[Case, str, dict[str, Any]]]:
    """Each file, the minor, and the reference's verdict."""
    for row in rows(name):
        case = Case(row["name"], data(row, "config"), tuple(row.get("issuers", ())))
        for minor, answer in by_minor(row, "answer"):
            whole = _VALID | answer
            whole["valid"] = not whole["errors"] and whole["decodeError"] is None
            yield case, minor, whole


def tokens() -> Iterator[RecordedToken]:
    """Each payload with what becomes of it."""
    for row in rows("users.jsonl"):
        config = data(row, "config")
        for number, token in enumerate(row["tokens"], start=1):
            name, payload = f"{row['group']} #{number}", data(token, "payload")
            for minor in (MINOR, OLDER_MINOR):
                answers = token.get(minor, token["answers"])
                yield RecordedToken(name, minor, config, payload, row["now"], tuple(answers))


def signatures() -> Iterator[RecordedSignature]:
    """Each signed token with what becomes of it."""
    found = rows("signatures.jsonl")
    shared = next(found)
    for row in found:
        for minor, answers in by_minor(row, "answers"):
            yield RecordedSignature(
                row["name"],
                minor,
                shared["config"].encode(),
                shared["tokens"][row["token"]],
                shared["keySets"][row["keys"]],
                shared["now"],
                tuple(shared["answers"][answers]),
            )


def data(row: dict[str, Any], name: str) -> bytes:
    """The bytes of a text, which is kept as base64 if it is not UTF-8."""
    return base64.b64decode(row[f"{name}Base64"]) if f"{name}Base64" in row else row[name].encode()
