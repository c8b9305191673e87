"""docs/options.md is generated from the options; `OPTIONS=write` updates it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs/options.md"


@pytest.fixture
def reference(nix: Callable[..., CompletedProcess[str]]) -> dict[str, Any]:
    """The page's text, and the options without a description or an example."""
    answer = nix(
        "nix-instantiate", "--eval", "--strict", "--json",
        str(ROOT / "tests/eval/reference.nix"), "--arg", "lib", "import <nixpkgs/lib>",
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr
    made: dict[str, Any] = json.loads(answer.stdout)
    return made


def test_every_option_has_a_description_and_an_example(reference: dict[str, Any]) -> None:
    assert reference["incomplete"] == []


def test_page_is_up_to_date(reference: dict[str, Any]) -> None:
    if os.environ.get("OPTIONS") == "write":
        PAGE.write_text(reference["text"])
    assert PAGE.read_text() == reference["text"], f"{PAGE} is stale: OPTIONS=write make test updates it"


def fields(schema: dict[str, Any], node: dict[str, Any], path: str) -> Iterator[str]:
    """The path of every field that holds no further ones; `*` stands for an element of a list."""
    if "$ref" in node:
        node = schema["$defs"][node["$ref"].removeprefix("#/$defs/")]
    if "items" in node and path:
        yield from fields(schema, node["items"], f"{path}.*")
    elif "properties" in node:
        for name, child in node["properties"].items():
            yield from fields(schema, child, f"{path}.{name}".removeprefix("."))
    else:
        yield path


def option_of(field: str) -> str:
    """The option that sets a field: fields of `issuer` are options of the entry itself."""
    inner = field.removeprefix("jwt.*.").removeprefix("issuer.").removesuffix(".*")
    return f"services.kube-oidc.{'issuers.<name>.' if field.startswith('jwt') else ''}{inner}"


def test_every_field_of_the_api_is_an_option() -> None:
    schema = json.loads(
        (ROOT / "pkgs/kube-oidc/src/kube_oidc/verdict/schema/authentication-configuration.json").read_text()
    )
    found = set(fields(schema, schema, "")) - {"apiVersion", "kind"}
    assert "jwt.*.claimMappings.extra.*.valueExpression" in found
    options = set(re.findall(r"^### `(.*)`$", PAGE.read_text(), re.MULTILINE))
    assert {option_of(field) for field in found} - options == set()
