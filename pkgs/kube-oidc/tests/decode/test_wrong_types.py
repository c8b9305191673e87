"""Every value of a wrong type is reported where it is, as the API server would if it came to it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from decode.wrong_types import chosen, text
from kube_oidc.verdict.validate_file import check
from kube_oidc.verdict.validation import Context

MESSAGES = json.loads((Path(__file__).parent / "wrong_types.json").read_text("utf-8"))
WRONG = chosen()


@pytest.mark.parametrize("name", WRONG)
def test_every_wrong_type_has_the_api_servers_message(name: str) -> None:
    diagnostics = check(text(WRONG[name]).encode(), Context()).diagnostics
    assert [found.message for found in diagnostics if found.code == "wrong-type"] == MESSAGES[name]
    assert diagnostics[0].message == MESSAGES[name][0]


@pytest.mark.parametrize("name", WRONG)
def test_every_wrong_type_is_reported_at_its_value(name: str) -> None:
    file = text(WRONG[name])
    found = [each for each in check(file.encode(), Context()).diagnostics if each.code == "wrong-type"]
    lines = file.splitlines()
    for number, diagnostic in enumerate(found):
        assert diagnostic.location is not None
        line, column = diagnostic.location
        assert lines[line - 1][column - 1 :] == str(1000 + number)


def test_the_files_have_something_wrong() -> None:
    assert {name: len(wrong) for name, wrong in WRONG.items()} == {
        name: len(messages) for name, messages in MESSAGES.items()
    }
    assert sum(map(len, WRONG.values())) > 25
