"""Every provider file matches schema.json and is consistent; a broken one is reported with its name and place."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any, Final

import pytest
from jsonschema import Draft202012Validator
from kube_oidc.ci.credentials import PLACES
from kube_oidc.ci.workflow import LANGUAGES
from kube_oidc.data import folder
from kube_oidc.providers.files import SCHEMA, ProviderError, providers, read_folder
from kube_oidc.providers.provider import provider_of

FOLDER: Final = Path(folder("providers"))
STRUCTURE: Final = json.loads((FOLDER / SCHEMA).read_text())
TYPES: Final = {"string": str, "number": (int, float), "boolean": bool, "list": list, "map": dict}
NOT_IN_EXAMPLES: Final = {"jti", "nbf"}
PLACEHOLDER: Final = re.compile(r"\{([^{}]+)\}")
EVERY: Final = pytest.mark.parametrize("name", sorted(providers()))
BROKEN: Final = {
    "{": "providers/broken.json:1:2: invalid JSON: Expecting property name enclosed in double quotes",
    "[]": "providers/broken.json: must be an object, see providers/schema.json",
    '{"title": "x"}': "providers/broken.json: missing kind, urls, audience,",
}


def undescribed(schema: Any, at: str = "$") -> list[str]:
    """Places in the schema of properties without a description."""
    if not isinstance(schema, dict):
        return []
    found = []
    for name, property_schema in schema.get("properties", {}).items():
        if "description" not in property_schema and schema.get("description") is None:
            found.append(f"{at}.{name}")
        found += undescribed(property_schema, f"{at}.{name}")
        found += undescribed(property_schema.get("items"), f"{at}.{name}[]")
        found += undescribed(property_schema.get("additionalProperties"), f"{at}.{name}.*")
    return found


def test_the_schema_is_one_and_describes_itself() -> None:
    Draft202012Validator.check_schema(STRUCTURE)
    assert not [place for place in undescribed(STRUCTURE) if place.count(".") == 1]


@EVERY
def test_a_file_matches_the_schema(name: str) -> None:
    errors = Draft202012Validator(STRUCTURE).iter_errors(providers()[name])
    assert [f"{error.json_path}: {error.message}" for error in errors] == []


@EVERY
def test_a_file_is_consistent(name: str) -> None:
    facts = providers()[name]
    claims, trust, events = (
        facts["claims"],
        facts["trust"],
        facts.get("events", {"default": [], "refused": {}}),
    )
    assert set(trust.values()) <= set(claims)
    assert set(facts["pins"]) <= set(trust)
    assert set(events["default"]).isdisjoint(events["refused"])
    always = {claim for claim, known in claims.items() if not known["optional"]}
    assert always <= set(facts["example"]) | NOT_IN_EXAMPLES
    assert {facts.get("workflow", LANGUAGES[0])} <= set(LANGUAGES)
    assert {facts.get("tokenSource", PLACES[0])} <= set(PLACES)
    assert {name for url in facts["urls"] for name in url["parameters"]} >= set(facts.get("parameters", {}))
    for url in facts["urls"]:
        assert set(re.findall(r"\{(\w+)\}", url["url"])) == set(url["parameters"])
    formats = facts.get("formats", {})
    assert {known["format"] for known in claims.values() if "format" in known} <= set(formats)
    holes = {
        hole
        for each in facts.get("relations", ())
        for text in each["templates"]
        for hole in PLACEHOLDER.findall(text)
    }
    assert holes <= set(claims) | set(formats)
    for claim, value in facts["example"].items():
        assert isinstance(value, TYPES[claims[claim]["type"]]), claim
        assert claims[claim].get("constant", value) == value, claim


@EVERY
def test_the_examples_issuer_is_the_provider(name: str) -> None:
    facts = providers()[name]
    found = provider_of(facts["example"]["iss"])
    assert (
        found.facts == facts if found.known else {"https://{host}"} <= {url["url"] for url in facts["urls"]}
    )


@pytest.mark.parametrize("text", BROKEN)
def test_a_broken_file_is_named(text: str, tmp_path: Path) -> None:
    shutil.copy(FOLDER / SCHEMA, tmp_path)
    (tmp_path / "broken.json").write_text(text)
    with pytest.raises(ProviderError, match=re.escape(BROKEN[text])):
        read_folder(tmp_path)
