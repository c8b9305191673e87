"""The JSON Schema of the file, published for editors. `check` doesn't use it: the decoder reports more.

The schema comes from the same table of structs as the decoder, so the two can't disagree. The constraints here only
refuse what every API server refuses.
"""

from __future__ import annotations

import json
from typing import Any, Final

from kube_oidc.verdict.schema.descriptions import DESCRIPTIONS
from kube_oidc.verdict.structures import API_VERSIONS, GROUP, KIND, STRING_TYPES, STRUCTS, Field, fields
from kube_oidc.verdict.versions import NEWEST, KubernetesVersion

FILE_NAME: Final = "authentication-configuration.json"
_TYPES: Final = {"bool": "boolean"}
_HTTPS: Final = {"pattern": "^[hH][tT][tT][pP][sS]:"}
_CONSTRAINTS: Final[dict[str, dict[str, Any]]] = {
    "AuthenticationConfiguration.jwt": {"maxItems": 64},
    "Issuer.url": _HTTPS,
    "Issuer.discoveryURL": _HTTPS,
    "Issuer.audiences": {"minItems": 1, "uniqueItems": True},
    "Issuer.audienceMatchPolicy": {"enum": ["MatchAny", "", None]},
    "Issuer.egressSelectorType": {"enum": ["controlplane", "cluster", "", None]},
}
_REQUIRED: Final = {
    "AuthenticationConfiguration": ["apiVersion", "kind"],
    "JWTAuthenticator": ["issuer", "claimMappings"],
    "Issuer": ["url", "audiences"],
    "ClaimMappings": ["username"],
    "ExtraMapping": ["key", "valueExpression"],
    "UserValidationRule": ["expression"],
}
_PREFIX_WITH_CLAIM: Final = {
    "if": {
        "type": "object",
        "properties": {"claim": {"type": "string", "minLength": 1}},
        "required": ["claim"],
    },
    "then": {"required": ["prefix"]},
}


def json_schema(version: KubernetesVersion = NEWEST) -> dict[str, Any]:
    """The JSON Schema (2020-12) for a minor: its API versions, which all have the same fields, and its fields."""
    root = _struct(KIND, version)
    known = [f"{GROUP}/{name}" for name, since in reversed(API_VERSIONS.items()) if version.has(since)]
    root["properties"]["apiVersion"] |= {"enum": known}
    root["properties"]["kind"] |= {"const": KIND}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": KIND,
        **root,
        "$defs": {name: _struct(name, version) for name in STRUCTS if name != KIND},
    }


def published(version: KubernetesVersion = NEWEST) -> str:
    """The text of the published file."""
    return json.dumps(json_schema(version), indent=2) + "\n"


def _struct(name: str, version: KubernetesVersion) -> dict[str, Any]:
    made: dict[str, Any] = {
        "description": DESCRIPTIONS[name][""],
        "type": ["object", "null"],
        "additionalProperties": False,
        "properties": {key: _field(name, key, field) for key, field in fields(name, version).items()},
    }
    if name in _REQUIRED:
        made["required"] = _REQUIRED[name]
    return made | (_PREFIX_WITH_CLAIM if name == "PrefixedClaimOrExpression" else {})


def _field(struct: str, name: str, field: Field) -> dict[str, Any]:
    if field.type in STRING_TYPES or field.type in _TYPES:
        single: dict[str, Any] = {"type": [_TYPES.get(field.type, "string"), "null"]}
    else:
        single = {"$ref": f"#/$defs/{field.type}"}
    made = {"type": ["array", "null"], "items": single} if field.many else single
    return {
        "description": _description(struct, name, field),
        **made,
        **_CONSTRAINTS.get(f"{struct}.{name}", {}),
    }


def _description(struct: str, name: str, field: Field) -> str:
    since = f" Kubernetes {field.since.since} or later." if field.since else ""
    return DESCRIPTIONS[struct][name] + since
