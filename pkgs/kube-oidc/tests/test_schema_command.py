"""`kube-oidc schema` prints each schema, for each minor."""

from __future__ import annotations

import json

import jsonschema
import pytest
from kube_oidc.cli import main
from kube_oidc.commands.schema import SCHEMAS


def test_without_a_name_it_lists_the_schemas(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(SCHEMAS)


@pytest.mark.parametrize("name", SCHEMAS)
def test_it_prints_a_schema_with_a_title_and_a_description(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["schema", name]) == 0
    schema = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["title"]
    assert schema["description"]


def test_a_minor_selects_the_api_versions(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "authentication-configuration", "--kubernetes-version", "v1.33.2"]) == 0
    known = json.loads(capsys.readouterr().out)["properties"]["apiVersion"]["enum"]
    assert known == ["apiserver.config.k8s.io/v1beta1", "apiserver.config.k8s.io/v1alpha1"]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["grants", "--kubernetes-version", "1.34"], "requires authentication-configuration"),
        (
            ["authentication-configuration", "--kubernetes-version", "1.2"],
            "unsupported Kubernetes version 1.2",
        ),
        (["authentication-configuration", "--kubernetes-version", "x"], "'x' is not a Kubernetes version"),
        (["authentication-config"], "did you mean authentication-configuration?"),
    ],
)
def test_wrong_arguments_are_refused(
    arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        assert main(["schema", *arguments]) == 2
    except SystemExit as end:  # argparse ends the program itself
        assert end.code == 2
    assert reason in capsys.readouterr().err
