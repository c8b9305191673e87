"""YAML as plain values: deep nesting is an error, not a crash (PyYAML before 6.0.4 crashes)."""

from __future__ import annotations

import pytest
import yaml
from kube_oidc.inputs.yaml_values import load


@pytest.mark.parametrize("text", ["[" * 100_000, "[" * 100_000 + "]" * 100_000, "- " * 50_000 + "a"])
def test_deep_nesting_is_an_error(text: str) -> None:
    with pytest.raises((RecursionError, yaml.YAMLError)):
        load(text)


def test_nesting_of_a_manifest_is_read() -> None:
    assert load("- a: {b: [1, {c: d}]}") == [{"a": {"b": [1, {"c": "d"}]}}]
