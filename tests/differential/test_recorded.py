"""The recorded answers of the package's fast tests are the reference's current ones; `make record` updates them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from cel import ask_syntax_errors
from decode import ask_wrong_types
from kube_oidc.commands.tokens import token_of
from recorded.rows import MINOR, OLDER_MINOR, rows, signatures, tokens
from recorded.verdicts import stable

from differential.oracle import record
from differential.oracle.process import Reference


@pytest.fixture(scope="module")
def both(references: Any) -> tuple[Reference, Reference]:
    return references(MINOR), references(OLDER_MINOR)


@pytest.mark.parametrize(
    ("name", "cases"),
    [("validation.jsonl", record.validation_cases), ("documents.jsonl", record.document_cases)],
)
def test_the_verdicts_are_those_of_today(both: tuple[Reference, Reference], name: str, cases: Any) -> None:
    assert steady(rows(name)) == steady(record.verdicts(*both, cases()))


def test_the_users_are_those_of_today(both: tuple[Reference, Reference]) -> None:
    asked = [as_bytes(token.payload) for token in record.user_cases()]
    assert [token.payload for token in tokens() if token.minor == MINOR] == asked
    for recorded in tokens():
        question = (recorded.config, recorded.payload, recorded.now)
        [answer] = both[recorded.minor != MINOR].authenticate_all([question])
        assert record.user(answer) in recorded.answers, recorded.name


def test_signed_tokens_are_judged_as_recorded(both: tuple[Reference, Reference]) -> None:
    assert [signed.name for signed in record.signed_cases()] == [
        recorded.name for recorded in signatures() if recorded.minor == MINOR
    ]
    for recorded in signatures():
        question = {"config": recorded.config.decode(), "now": recorded.now, "keys": recorded.keys}
        reference = both[recorded.minor != MINOR]
        answer = reference.ask(op="authenticate", token=token_of(recorded.token), **question)
        assert record.user(answer) in recorded.answers, recorded.name


def test_the_places_of_syntax_errors_are_those_of_today(default_reference: Reference) -> None:
    recorded = ask_syntax_errors.PLACES.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in recorded] == list(ask_syntax_errors.rows(default_reference))


def test_the_messages_for_wrong_types_are_those_of_today(default_reference: Reference) -> None:
    recorded = json.loads(ask_wrong_types.FILE.read_text(encoding="utf-8"))
    assert recorded == ask_wrong_types.messages(default_reference)


def steady(found: Iterator[dict[str, Any]]) -> list[str]:
    """The rows without what varies between builds."""
    return [stable(json.dumps(row)) for row in found]


def as_bytes(text: bytes | str) -> bytes:
    return text if isinstance(text, bytes) else text.encode()
