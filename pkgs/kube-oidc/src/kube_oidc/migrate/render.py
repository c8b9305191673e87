"""An authenticator as the file, or as the options of the NixOS module that render to the same file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from kube_oidc.kubernetes_version import KubernetesVersion
from kube_oidc.model import JWTAuthenticator, PrefixedClaimOrExpression
from kube_oidc.structures import API_VERSIONS, GROUP, KIND
from kube_oidc.yaml_text import dumps

_IDENTIFIER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_KEYWORDS: Final = frozenset({"assert", "else", "if", "in", "inherit", "let", "or", "rec", "then", "with"})
_LINES: Final = re.compile(r"\S[^'$\r\t]*\n")
_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "$": "\\$", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def render_yaml(authenticator: JWTAuthenticator, version: KubernetesVersion) -> str:
    """The file for an API server of this version, in the newest API version that it knows."""
    newest = max((since, name) for name, since in API_VERSIONS.items() if since <= version)[1]
    return dumps({"apiVersion": f"{GROUP}/{newest}", "kind": KIND, "jwt": [_fields(authenticator)]})


def render_nix(authenticator: JWTAuthenticator, name: str) -> str:
    """A NixOS module that sets the options for an issuer of this name."""
    fields = _fields(authenticator)
    mappings = {f"claimMappings.{name}": value for name, value in fields.pop("claimMappings").items()}
    settings = {**fields.pop("issuer"), **fields, **mappings}
    return (
        "{\n  services.kube-oidc = {\n    enable = true;\n"
        + _indented(_indented(f"issuers.{_key(name)} = {_nix(settings)};\n"))
        + "  };\n}\n"
    )


def _fields(authenticator: JWTAuthenticator) -> dict[str, Any]:
    """The entry of `jwt`, in the order of the Kubernetes documentation."""
    issuer, mappings = authenticator.issuer, authenticator.claim_mappings
    fields: dict[str, Any] = {"issuer": {"url": issuer.url}}
    if issuer.certificate_authority:
        fields["issuer"]["certificateAuthority"] = issuer.certificate_authority
    fields["issuer"]["audiences"] = list(issuer.audiences)
    if authenticator.claim_validation_rules:
        fields["claimValidationRules"] = [
            {"claim": rule.claim, "requiredValue": rule.required_value}
            for rule in authenticator.claim_validation_rules
        ]
    fields["claimMappings"] = {"username": _mapping(mappings.username)}
    if mappings.groups.claim:
        fields["claimMappings"]["groups"] = _mapping(mappings.groups)
    return fields


def _mapping(mapping: PrefixedClaimOrExpression) -> dict[str, str]:
    return {"claim": mapping.claim, "prefix": mapping.prefix or ""}


def _nix(value: Mapping[str, Any] | list[Any] | str) -> str:
    """A value in Nix, in the form that RFC 166 gives it."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return "{\n" + _indented("".join(f"{key} = {_nix(item)};\n" for key, item in value.items())) + "}"
    if len(value) == 1 and isinstance(value[0], str):
        return f"[ {_nix(value[0])} ]"
    return "[\n" + _indented("".join(f"{_nix(item)}\n" for item in value)) + "]"


def _text(text: str) -> str:
    if "\n" in text and _LINES.fullmatch(text):
        return "''\n" + _indented(text) + "''"
    return '"' + "".join(_ESCAPES.get(character, character) for character in text) + '"'


def _indented(text: str) -> str:
    return "".join(f"  {line}\n" if line else "\n" for line in text.split("\n")[:-1])


def _key(name: str) -> str:
    return name if _IDENTIFIER.fullmatch(name) and name not in _KEYWORDS else _text(name)
