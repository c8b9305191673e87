"""The published JSON Schema is up to date and agrees with the decoder."""

from __future__ import annotations

from importlib import resources

import jsonschema
import pytest
import yaml
from kube_oidc.verdict.schema import FILE_NAME, json_schema, published
from kube_oidc.verdict.schema.descriptions import DESCRIPTIONS
from kube_oidc.verdict.structures import KIND, STRUCTS, fields
from kube_oidc.verdict.validate_file import check
from kube_oidc.verdict.validation import Context
from kube_oidc.verdict.versions import NEWEST, KubernetesVersion, known_versions

HEAD = "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\n"
STRUCTURES = {
    "empty": ("", True),
    "one issuer": (
        "jwt: [{issuer: {url: 'https://x', audiences: [a]}, claimMappings: {username: {expression: x}}}]\n",
        True,
    ),
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


ISSUER = "issuer: {url: 'https://x', audiences: [a]}"
USER = "claimMappings: {username: {claim: sub, prefix: ''}}"
# What the schema refuses beyond structure, and so must every API server.
CONSTRAINTS = {
    "no mappings": f"jwt: [{{{ISSUER}}}]",
    "no issuer": f"jwt: [{{{USER}}}]",
    "no URL": f"jwt: [{{issuer: {{audiences: [a]}}, {USER}}}]",
    "http": f"jwt: [{{issuer: {{url: 'http://x', audiences: [a]}}, {USER}}}]",
    "discovery over http": (
        f"jwt: [{{issuer: {{url: 'https://x', discoveryURL: 'http://y', audiences: [a]}}, {USER}}}]"
    ),
    "no audience": f"jwt: [{{issuer: {{url: 'https://x', audiences: []}}, {USER}}}]",
    "the same audience twice": (
        f"jwt: [{{issuer: {{url: 'https://x', audiences: [a, a], audienceMatchPolicy: MatchAny}}, {USER}}}]"
    ),
    "unknown match policy": (
        f"jwt: [{{issuer: {{url: 'https://x', audiences: [a], audienceMatchPolicy: Any}}, {USER}}}]"
    ),
    "unknown egress selector": (
        f"jwt: [{{issuer: {{url: 'https://x', audiences: [a], egressSelectorType: node}}, {USER}}}]"
    ),
    "no username": f"jwt: [{{{ISSUER}, claimMappings: {{}}}}]",
    "claim without prefix": f"jwt: [{{{ISSUER}, claimMappings: {{username: {{claim: sub}}}}}}]",
    "groups without prefix": (
        f"jwt: [{{{ISSUER}, claimMappings: {{username: {{claim: sub, prefix: ''}}, groups: {{claim: g}}}}}}]"
    ),
    "extra without value": (
        f"jwt: [{{{ISSUER}, claimMappings: {{username: {{claim: s, prefix: ''}}, extra: [{{key: a.org/b}}]}}}}]"
    ),
    "user rule without expression": f"jwt: [{{{ISSUER}, {USER}, userValidationRules: [{{message: a}}]}}]",
    "65 issuers": "jwt: [" + ", ".join(
        f"{{issuer: {{url: 'https://x/{number}', audiences: [a]}}, {USER}}}" for number in range(65)
    ) + "]",
}  # fmt: skip
ACCEPTED = {
    "scheme in capitals": f"jwt: [{{issuer: {{url: 'HTTPS://x', audiences: [a]}}, {USER}}}]",
    "empty policy": (
        "jwt: [{issuer: {url: 'https://x', audiences: [a], audienceMatchPolicy: '', egressSelectorType: ''}, "
        f"{USER}}}]"
    ),
    "empty claim": f"jwt: [{{{ISSUER}, claimMappings: {{username: {{claim: '', expression: claims.sub}}}}}}]",
    "64 issuers": "jwt: [" + ", ".join(
        f"{{issuer: {{url: 'https://x/{number}', audiences: [a]}}, {USER}}}" for number in range(64)
    ) + "]",
}  # fmt: skip


def problems(text: str, version: KubernetesVersion = NEWEST) -> list[str]:
    validator = jsonschema.Draft202012Validator(json_schema(version))
    return [error.message for error in validator.iter_errors(yaml.safe_load(HEAD + text))]


def test_every_field_is_described() -> None:
    described = {struct: set(texts) - {""} for struct, texts in DESCRIPTIONS.items()}
    assert described == {struct: set(known) for struct, known in STRUCTS.items()}


@pytest.mark.parametrize("name", CONSTRAINTS)
def test_what_the_schema_refuses_is_invalid(name: str) -> None:
    assert problems(CONSTRAINTS[name])
    assert not check((HEAD + CONSTRAINTS[name]).encode(), Context()).accepted


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_is_valid_is_accepted(name: str) -> None:
    assert problems(ACCEPTED[name]) == []
    assert check((HEAD + ACCEPTED[name]).encode(), Context()).accepted


@pytest.mark.parametrize("version", known_versions(), ids=str)
def test_a_minor_has_its_own_versions_and_fields(version: KubernetesVersion) -> None:
    schema = json_schema(version)
    assert ("apiserver.config.k8s.io/v1" in schema["properties"]["apiVersion"]["enum"]) is (
        version >= KubernetesVersion(1, 34)
    )
    for struct in STRUCTS:
        node = schema if struct == KIND else schema["$defs"][struct]
        assert set(node["properties"]) == set(fields(struct, version))


@pytest.mark.parametrize("name", STRUCTURES)
def test_schema_and_decoder_agree(name: str) -> None:
    text, fits = STRUCTURES[name]
    codes = {diagnostic.code for diagnostic in check((HEAD + text).encode(), Context()).diagnostics}
    assert (problems(text) == []) is fits
    assert (codes & {"wrong-type", "unknown-field"} == set()) is fits
