"""Writes an authenticator as the file, or as NixOS options that render to the same file."""

from __future__ import annotations

from typing import Any

from kube_oidc.model import JWTAuthenticator, PrefixedClaimOrExpression
from kube_oidc.serialize.nix import indented, key, nix
from kube_oidc.serialize.yaml import dumps
from kube_oidc.verdict.structures import API_VERSIONS, GROUP, KIND
from kube_oidc.verdict.versions import KubernetesVersion


def render_yaml(authenticator: JWTAuthenticator, version: KubernetesVersion) -> str:
    """The file for this Kubernetes version, with the newest apiVersion that it has."""
    newest = [name for name, since in API_VERSIONS.items() if version.has(since)][-1]
    return dumps({"apiVersion": f"{GROUP}/{newest}", "kind": KIND, "jwt": [_fields(authenticator)]})


def render_nix(authenticator: JWTAuthenticator, name: str) -> str:
    """A NixOS module that configures the authenticator as `services.kube-oidc.issuers.<name>`."""
    fields = _fields(authenticator)
    mappings = {f"claimMappings.{name}": value for name, value in fields.pop("claimMappings").items()}
    settings = {**fields.pop("issuer"), **fields, **mappings}
    return (
        "{\n  services.kube-oidc = {\n    enable = true;\n"
        + indented(indented(f"issuers.{key(name)} = {nix(settings)};\n"))
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
