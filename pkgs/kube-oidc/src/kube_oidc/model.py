"""AuthenticationConfiguration as in Kubernetes' Go types, and the user that a token becomes.

Source: `k8s.io/apiserver/pkg/apis/apiserver/types.go` (the internal version, which all API versions convert to).
As in Go, an absent string is `""` and an absent list is empty; `None` is a nil pointer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Issuer:
    """`jwt[].issuer`."""

    url: str = ""
    discovery_url: str | None = None
    certificate_authority: str = ""
    audiences: tuple[str, ...] = ()
    audience_match_policy: str = ""
    egress_selector_type: str = ""


@dataclass(frozen=True, slots=True)
class ClaimValidationRule:
    """`jwt[].claimValidationRules[]`: claim with requiredValue, or expression with message."""

    claim: str = ""
    required_value: str = ""
    expression: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class PrefixedClaimOrExpression:
    """`claimMappings.username` and `.groups`: claim with prefix, or expression."""

    claim: str = ""
    prefix: str | None = None
    expression: str = ""


@dataclass(frozen=True, slots=True)
class ClaimOrExpression:
    """`claimMappings.uid`."""

    claim: str = ""
    expression: str = ""


@dataclass(frozen=True, slots=True)
class ExtraMapping:
    """`claimMappings.extra[]`."""

    key: str = ""
    value_expression: str = ""


@dataclass(frozen=True, slots=True)
class ClaimMappings:
    """`jwt[].claimMappings`."""

    username: PrefixedClaimOrExpression = PrefixedClaimOrExpression()
    groups: PrefixedClaimOrExpression = PrefixedClaimOrExpression()
    uid: ClaimOrExpression = ClaimOrExpression()
    extra: tuple[ExtraMapping, ...] = ()


@dataclass(frozen=True, slots=True)
class UserValidationRule:
    """`jwt[].userValidationRules[]`."""

    expression: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class JWTAuthenticator:
    """One entry of `jwt[]`."""

    issuer: Issuer = Issuer()
    claim_validation_rules: tuple[ClaimValidationRule, ...] = ()
    claim_mappings: ClaimMappings = ClaimMappings()
    user_validation_rules: tuple[UserValidationRule, ...] = ()


@dataclass(frozen=True, slots=True)
class AnonymousAuthConfig:
    """`anonymous`; `conditions` holds the paths."""

    enabled: bool = False
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AuthenticationConfiguration:
    """The whole file."""

    api_version: str = ""
    jwt: tuple[JWTAuthenticator, ...] = ()
    anonymous: AnonymousAuthConfig | None = None


@dataclass(frozen=True, slots=True)
class UserInfo:
    """The user that a token becomes (`authentication.k8s.io/v1` UserInfo)."""

    username: str
    uid: str = ""
    groups: tuple[str, ...] = ()
    extra: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
