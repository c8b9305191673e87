"""The project's own JSON files: what is wrong is reported with its place."""

from __future__ import annotations

import json

import jsonschema
import pytest
from kube_oidc.apply.grants import GrantsError, parse
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


def test_the_schema_that_a_file_names_is_for_editors() -> None:
    text = b'{"$schema": "acknowledged-findings.json", "system-groups": "reviewed"}'
    assert load(text, "acknowledged-findings") == {"system-groups": "reviewed"}


ROLE = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "Role",
    "metadata": {"name": "deploy", "namespace": "blog"},
    "rules": [{"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["patch"]}],
}
OBJECTS = {
    "a role": (ROLE, True),
    "a namespace": ({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "blog"}}, True),
    "a namespace of RBAC": (ROLE | {"kind": "Namespace", "metadata": {"name": "blog"}}, False),
    "a role without a namespace": (ROLE | {"metadata": {"name": "deploy"}}, False),
    "a cluster role in a namespace": (ROLE | {"kind": "ClusterRole"}, False),
    "another kind": (ROLE | {"kind": "Pod"}, False),
    "no name": (ROLE | {"metadata": {"namespace": "blog"}}, False),
}


@pytest.mark.parametrize("name", OBJECTS)
def test_schema_of_grants_and_apply_agree(name: str) -> None:
    item, fits = OBJECTS[name]
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": [item]}).encode()
    try:
        parse(text)
        accepted = True
    except GrantsError:
        accepted = False
    try:
        load(text, "grants")
        matches = True
    except InvalidJSONFileError:
        matches = False
    assert (accepted, matches) == (fits, fits)
