"""Decoded values by field name → the model."""

from __future__ import annotations

from typing import Any

from kube_oidc import model


def _text(values: dict[str, Any] | None, name: str) -> str:
    return (values or {}).get(name) or ""


def _many(values: dict[str, Any] | None, name: str) -> list[Any]:
    return (values or {}).get(name) or []


def configuration_of(values: dict[str, Any]) -> model.AuthenticationConfiguration:
    """The configuration; absent fields have Go's zero values."""
    anonymous = values.get("anonymous")
    return model.AuthenticationConfiguration(
        api_version=_text(values, "apiVersion"),
        jwt=tuple(_authenticator(entry or {}) for entry in _many(values, "jwt")),
        anonymous=None
        if anonymous is None
        else model.AnonymousAuthConfig(
            bool(anonymous.get("enabled")),
            tuple(_text(entry, "path") for entry in _many(anonymous, "conditions")),
        ),
    )


def _authenticator(values: dict[str, Any]) -> model.JWTAuthenticator:
    issuer = values.get("issuer") or {}
    mappings = values.get("claimMappings") or {}
    uid = mappings.get("uid")
    return model.JWTAuthenticator(
        issuer=model.Issuer(
            url=_text(issuer, "url"),
            discovery_url=issuer.get("discoveryURL"),
            certificate_authority=_text(issuer, "certificateAuthority"),
            audiences=tuple(audience or "" for audience in _many(issuer, "audiences")),
            audience_match_policy=_text(issuer, "audienceMatchPolicy"),
            egress_selector_type=_text(issuer, "egressSelectorType"),
        ),
        claim_validation_rules=tuple(
            model.ClaimValidationRule(
                _text(rule, "claim"),
                _text(rule, "requiredValue"),
                _text(rule, "expression"),
                _text(rule, "message"),
            )
            for rule in _many(values, "claimValidationRules")
        ),
        claim_mappings=model.ClaimMappings(
            username=_prefixed(mappings.get("username")),
            groups=_prefixed(mappings.get("groups")),
            uid=model.ClaimOrExpression(_text(uid, "claim"), _text(uid, "expression")),
            extra=tuple(
                model.ExtraMapping(_text(entry, "key"), _text(entry, "valueExpression"))
                for entry in _many(mappings, "extra")
            ),
        ),
        user_validation_rules=tuple(
            model.UserValidationRule(_text(rule, "expression"), _text(rule, "message"))
            for rule in _many(values, "userValidationRules")
        ),
    )


def _prefixed(values: dict[str, Any] | None) -> model.PrefixedClaimOrExpression:
    prefix = (values or {}).get("prefix")
    return model.PrefixedClaimOrExpression(_text(values, "claim"), prefix, _text(values, "expression"))
