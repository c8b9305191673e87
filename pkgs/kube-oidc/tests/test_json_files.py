"""The project's own JSON files: what is wrong is reported with its place."""

from __future__ import annotations

import json

import jsonschema
import pytest
from kube_oidc.data import folder
from kube_oidc.inputs.json_files import InvalidJSONFileError, load

WRONG = {
    "{": "not JSON",
    "[" * 100_000: "not JSON",
    "[]": "expected an object",
    '{"system-groups": 5}': "system-groups",
    '{"system-groups": ["a"]}': "system-groups",
    '{"system-groups": ""}': "system-groups",
    '{"System groups": "reviewed"}': "System groups",
}


def test_the_schemas_are_valid() -> None:
    schemas = [path for path in folder("inputs/schemas").iterdir() if path.suffix == ".json"]
    assert schemas
    for path in schemas:
        jsonschema.Draft202012Validator.check_schema(json.loads(path.read_text("utf-8")))


@pytest.mark.parametrize("text", WRONG, ids=lambda text: text[:30])
def test_an_invalid_file_is_refused_with_the_place(text: str) -> None:
    with pytest.raises(InvalidJSONFileError) as error:
        load(text.encode(), "acknowledged-findings")
    assert WRONG[text] in str(error.value)


def test_a_valid_file_is_read() -> None:
    acknowledged = {"system-groups": "an admin reviews every member"}
    assert load(json.dumps(acknowledged).encode(), "acknowledged-findings") == acknowledged
