"""JSON Schema of the file: published for editors, and asked for the mistakes behind the API server's first one.

The schemas are made of the same table of structs as the decoder, so that the two cannot disagree.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from kube_oidc.diagnostics import Diagnostic, Severity
from kube_oidc.field import FieldPath
from kube_oidc.nixos_options import option_for
from kube_oidc.verdict.decode import Decoded
from kube_oidc.verdict.document import Document
from kube_oidc.verdict.structures import API_VERSIONS, GROUP, KIND, STRING_TYPES, STRUCTS, Field, fields
from kube_oidc.verdict.versions import NEWEST, KubernetesVersion

_NOT_LOOKED_FOR = "more of a wrong type may stand behind this: without jsonschema nobody looks"
_TYPES = {"bool": "boolean"}


def json_schema(api_version: str, version: KubernetesVersion = NEWEST) -> dict[str, Any]:
    """The JSON Schema (2020-12) of one API version (`v1`), with the fields of one Kubernetes version."""
    definitions = {name: _struct(name, version) for name in STRUCTS if name != KIND}
    root = _struct(KIND, version)
    root["properties"] |= {"apiVersion": {"const": f"{GROUP}/{api_version}"}, "kind": {"const": KIND}}
    root["required"] = ["apiVersion", "kind"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{KIND} {GROUP}/{api_version}",
        **root,
        "$defs": definitions,
    }


def _struct(name: str, version: KubernetesVersion) -> dict[str, Any]:
    properties = {key: _field(field) for key, field in fields(name, version).items()}
    return {"type": ["object", "null"], "additionalProperties": False, "properties": properties}


def _field(field: Field) -> dict[str, Any]:
    if field.type in STRING_TYPES or field.type in _TYPES:
        single: dict[str, Any] = {"type": [_TYPES.get(field.type, "string"), "null"]}
    else:
        single = {"$ref": f"#/$defs/{field.type}"}
    return {"type": ["array", "null"], "items": single} if field.many else single


def structural_diagnostics(
    document: Document,
    decoded: Decoded,
    version: KubernetesVersion,
    said: set[str],
    options: Mapping[str, str],
) -> Iterator[Diagnostic]:
    """Structural mistakes at places that `said` does not name yet: those that the decoder's error hides."""
    try:
        import jsonschema  # noqa: PLC0415
    except ModuleNotFoundError:  # in the single file
        yield Diagnostic("structure", Severity.INFO, _NOT_LOOKED_FOR)
        return
    assert document.root is not None
    api_version = str(decoded.configuration.api_version if decoded.configuration else "").rpartition("/")[2]
    validator = jsonschema.Draft202012Validator(json_schema(api_version, version))
    for error in sorted(
        validator.iter_errors(document.root.plain()), key=lambda found: list(map(str, found.path))
    ):
        path = FieldPath(tuple(error.path))
        if error.validator == "additionalProperties" or str(path) in said:
            continue
        yield Diagnostic(
            code="structure",
            severity=Severity.ERROR,
            message=error.message,
            field=str(path),
            location=decoded.location(path),
            remedy="the API server stops before it comes to this one",
            option=option_for(path, options),
        )


def published() -> dict[str, str]:
    """File name → text of every schema, as editors get them."""
    return {
        f"authentication-configuration.{name}.json": json.dumps(json_schema(name), indent=2) + "\n"
        for name in API_VERSIONS
    }
