"""`check --format sarif` against the schema that OASIS publishes; tests/binaries/sarif-schema fetches it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest
from kube_oidc.cli import main

from pages.page import ROOT

RULES: Final = ROOT / "pkgs/kube-oidc/src/kube_oidc/rules"
GRANTS_AUTH: Final = ROOT / "pkgs/kube-oidc/tests/findings/rbac/auth.yaml"


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    file = cache / "kube-oidc" / "sarif-1.0.0-beta.0" / "schema.json"
    if not file.exists():
        pytest.skip("SARIF's schema is not on this machine: tests/binaries/sarif-schema fetches it")
    return json.loads(file.read_text())


@pytest.mark.parametrize(
    "files",
    [
        sorted(rule.with_name("bad.yaml") for rule in RULES.glob("*/rule.py")),
        [GRANTS_AUTH, "--rbac", RULES / "grant_secrets/bad.yaml"],
    ],
    ids=["findings on issuers", "findings on grants"],
)
def test_the_published_schema_accepts_it(
    schema: dict[str, Any], files: list[object], capsys: pytest.CaptureFixture[str]
) -> None:
    main(["check", *map(str, files), "--format", "sarif"])
    document = json.loads(capsys.readouterr().out)
    assert document["runs"][0]["results"]
    jsonschema.Draft7Validator(schema).validate(document)
