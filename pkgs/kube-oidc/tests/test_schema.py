"""The published JSON Schema is up to date and agrees with the decoder."""

from __future__ import annotations

from importlib import resources

import jsonschema
import pytest
import yaml
from kube_oidc.verdict.schema import FILE_NAME, json_schema, published
from kube_oidc.verdict.validate_file import check
from kube_oidc.verdict.validation import Context

HEAD = "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\n"
STRUCTURES = {
    "empty": ("", True),
    "one issuer": ("jwt: [{issuer: {url: 'https://x', audiences: [a]}}]\n", True),
    "nulls": ("jwt: null\nanonymous: null\n", True),
    "unknown field": ("jwtt: []\n", False),
    "string for a list": ("jwt: a\n", False),
    "number for a string": ("jwt: [{issuer: {url: 1}}]\n", False),
    "string for a boolean": ("anonymous: {enabled: 'yes'}\n", False),
    "unknown field below": ("jwt: [{issuer: {}, certificateAuthority: x}]\n", False),
}


def test_the_published_schema_is_up_to_date() -> None:
    """`python -m kube_oidc.verdict.schema` writes it."""
    assert resources.files("kube_oidc.verdict.schema").joinpath(FILE_NAME).read_text() == published()


@pytest.mark.parametrize("name", STRUCTURES)
def test_schema_and_decoder_agree(name: str) -> None:
    text, fits = STRUCTURES[name]
    found = list(jsonschema.Draft202012Validator(json_schema()).iter_errors(yaml.safe_load(HEAD + text)))
    codes = {diagnostic.code for diagnostic in check((HEAD + text).encode(), Context()).diagnostics}
    assert (found == []) is fits
    assert (codes & {"wrong-type", "unknown-field"} == set()) is fits
