"""The JSON Schema of the file, published for editors. `check` doesn't use it: the decoder reports more.

The schema comes from the same table of structs as the decoder, so the two can't disagree.
"""

from __future__ import annotations

import json
from typing import Any, Final

from kube_oidc.verdict.structures import API_VERSIONS, GROUP, KIND, STRING_TYPES, STRUCTS, Field, fields
from kube_oidc.verdict.versions import NEWEST

FILE_NAME: Final = "authentication-configuration.json"
_TYPES: Final = {"bool": "boolean"}


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of every API version, which have the same fields in the newest Kubernetes."""
    root = _struct(KIND)
    api_versions = [f"{GROUP}/{version}" for version in API_VERSIONS]
    root["properties"] |= {"apiVersion": {"enum": api_versions}, "kind": {"const": KIND}}
    root["required"] = ["apiVersion", "kind"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": KIND,
        **root,
        "$defs": {name: _struct(name) for name in STRUCTS if name != KIND},
    }


def published() -> str:
    """The text of the published file."""
    return json.dumps(json_schema(), indent=2) + "\n"


def _struct(name: str) -> dict[str, Any]:
    properties = {key: _field(field) for key, field in fields(name, NEWEST).items()}
    return {"type": ["object", "null"], "additionalProperties": False, "properties": properties}


def _field(field: Field) -> dict[str, Any]:
    if field.type in STRING_TYPES or field.type in _TYPES:
        single: dict[str, Any] = {"type": [_TYPES.get(field.type, "string"), "null"]}
    else:
        single = {"$ref": f"#/$defs/{field.type}"}
    return {"type": ["array", "null"], "items": single} if field.many else single
