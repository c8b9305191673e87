"""A finding: its place, message and confidence, and the edit that fixes it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from kube_oidc.diagnostics import Severity
from kube_oidc.field import FieldPath
from kube_oidc.model import (
    ClaimMappings,
    ClaimValidationRule,
    JWTAuthenticator,
    PrefixedClaimOrExpression,
    UserValidationRule,
)


class Confidence(StrEnum):
    """How certain the risk is: high is proved, low depends on facts outside the file."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleMetadata:
    """What is the same for every finding of a rule.

    `source` is the URL that documents the risk. `has_proof` is False if no token can show the finding, because it is
    about the file itself or about refused tokens. `once_per_binding` merges the findings on the subjects of a binding.
    `asks`: it asks about all tokens, after the rules that don't, and knows what they reported on an issuer.
    """

    id: str
    title: str
    severity: Severity
    confidence: Confidence
    source: str
    has_proof: bool = True
    once_per_binding: bool = False
    asks: bool = False


@dataclass(frozen=True, slots=True)
class Remedy:
    """Rules to add to an issuer and mappings to replace; `note` says what YAML can't."""

    note: str = ""
    claim_rules: tuple[ClaimValidationRule, ...] = ()
    user_rules: tuple[UserValidationRule, ...] = ()
    username: PrefixedClaimOrExpression | None = None
    groups: PrefixedClaimOrExpression | None = None

    def applied(self, entry: JWTAuthenticator) -> JWTAuthenticator:
        """Returns the issuer with this remedy applied."""
        mappings: ClaimMappings = replace(
            entry.claim_mappings,
            username=self.username or entry.claim_mappings.username,
            groups=self.groups or entry.claim_mappings.groups,
        )
        return replace(
            entry,
            claim_validation_rules=entry.claim_validation_rules + self.claim_rules,
            claim_mappings=mappings,
            user_validation_rules=entry.user_validation_rules + self.user_rules,
        )

    def __str__(self) -> str:
        """Returns the note, followed by the YAML to add to the issuer."""
        from kube_oidc.serialize.yaml import dumps  # noqa: PLC0415 - most files have no finding

        yaml = dumps(_tree(self)) if _tree(self) else ""
        return _with_note(self.note, yaml.rstrip().split("\n"))

    def as_options(self, issuer: str) -> str:
        """Returns the note, followed by the NixOS options to set; `issuer` is the issuer's option."""
        from kube_oidc.serialize.nix import nix  # noqa: PLC0415 - most files have no finding

        tree = _tree(self)
        mappings = tree.pop("claimMappings", {})
        for name, mapping in mappings.items():
            # The provider sets `claim`, which excludes `expression`.
            none = {"claim": None} if "expression" in mapping else {}
            tree[f"claimMappings.{name}"] = none | mapping
        lines = "\n".join(f"{issuer}.{name} = {nix(value)};" for name, value in tree.items())
        return _with_note(self.note, lines.split("\n"))


@dataclass(frozen=True, slots=True)
class Finding:
    """`proof` has the claims of a token that shows it: accepted now, but not with the remedy."""

    path: FieldPath
    message: str
    remedy: Remedy
    proof: dict[str, Any] | None = None
    confidence: Confidence | None = None


def _with_note(note: str, lines: list[str]) -> str:
    indented = "\n".join(f"  {line}" if line.strip() else line for line in lines)
    return "\n".join(part for part in (note, indented) if part)


def _tree(remedy: Remedy) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    if remedy.claim_rules:
        tree["claimValidationRules"] = [_claim_rule(rule) for rule in remedy.claim_rules]
    mappings = {"username": remedy.username, "groups": remedy.groups}
    if any(mappings.values()):
        tree["claimMappings"] = {name: _mapping(value) for name, value in mappings.items() if value}
    if remedy.user_rules:
        rules = [{"expression": rule.expression, "message": rule.message} for rule in remedy.user_rules]
        tree["userValidationRules"] = rules
    return tree


def _claim_rule(rule: ClaimValidationRule) -> dict[str, str]:
    if rule.claim:
        return {"claim": rule.claim, "requiredValue": rule.required_value}
    return {"expression": rule.expression, "message": rule.message}


def _mapping(mapping: PrefixedClaimOrExpression) -> dict[str, str]:
    if mapping.expression:
        return {"expression": mapping.expression}
    return {"claim": mapping.claim, "prefix": mapping.prefix or ""}
