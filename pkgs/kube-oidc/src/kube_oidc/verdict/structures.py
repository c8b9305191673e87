"""The Go structs that AuthenticationConfiguration is decoded into: their fields, with types and versions.

Source: `k8s.io/apiserver/pkg/apis/apiserver/{v1alpha1,v1beta1,v1}/types.go`; in every release the
three API versions have the same fields, so only the Kubernetes version decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kube_oidc.verdict.versions import Difference, KubernetesVersion

GROUP: Final = "apiserver.config.k8s.io"
KIND: Final = "AuthenticationConfiguration"

API_VERSIONS: Final[dict[str, Difference | None]] = {
    "v1alpha1": None,
    "v1beta1": None,
    "v1": Difference.FILE_V1,
}
"""API version → the difference that brought it; oldest first."""

OTHER_KINDS: Final[dict[tuple[str, str], Difference | None]] = {
    ("v1alpha1", "AuthorizationConfiguration"): None,
    ("v1alpha1", "TracingConfiguration"): None,
    ("v1beta1", "AuthorizationConfiguration"): None,
    ("v1beta1", "TracingConfiguration"): None,
    ("v1", "AdmissionConfiguration"): None,
    ("v1", "EncryptionConfiguration"): None,
    ("v1", "AuthorizationConfiguration"): Difference.AUTHORIZATION_V1,
    ("v1", "TracingConfiguration"): Difference.TRACING_V1,
}
"""The other kinds of the group: (API version, kind) → the difference that brought it.

Source: `register.go` of each API version.
"""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a struct.

    `type` is `string`, `bool`, a struct's name or a named string type; `many` marks a list of them; `since` is the
    difference that brought the field.
    """

    type: str
    many: bool = False
    since: Difference | None = None


_STRING: Final = Field("string")
STRUCTS: Final[dict[str, dict[str, Field]]] = {
    "AuthenticationConfiguration": {
        "apiVersion": _STRING,
        "kind": _STRING,
        "jwt": Field("JWTAuthenticator", many=True),
        "anonymous": Field("AnonymousAuthConfig", since=Difference.ANONYMOUS_FIELD),
    },
    "JWTAuthenticator": {
        "issuer": Field("Issuer"),
        "claimValidationRules": Field("ClaimValidationRule", many=True),
        "claimMappings": Field("ClaimMappings"),
        "userValidationRules": Field("UserValidationRule", many=True),
    },
    "Issuer": {
        "url": _STRING,
        "discoveryURL": _STRING,
        "certificateAuthority": _STRING,
        "audiences": Field("string", many=True),
        "audienceMatchPolicy": Field("AudienceMatchPolicyType"),
        "egressSelectorType": Field("EgressSelectorType", since=Difference.EGRESS_SELECTOR_FIELD),
    },
    "ClaimValidationRule": {
        "claim": _STRING,
        "requiredValue": _STRING,
        "expression": _STRING,
        "message": _STRING,
    },
    "ClaimMappings": {
        "username": Field("PrefixedClaimOrExpression"),
        "groups": Field("PrefixedClaimOrExpression"),
        "uid": Field("ClaimOrExpression"),
        "extra": Field("ExtraMapping", many=True),
    },
    "PrefixedClaimOrExpression": {"claim": _STRING, "prefix": _STRING, "expression": _STRING},
    "ClaimOrExpression": {"claim": _STRING, "expression": _STRING},
    "ExtraMapping": {"key": _STRING, "valueExpression": _STRING},
    "UserValidationRule": {"expression": _STRING, "message": _STRING},
    "AnonymousAuthConfig": {
        "enabled": Field("bool"),
        "conditions": Field("AnonymousAuthCondition", many=True),
    },
    "AnonymousAuthCondition": {"path": _STRING},
}

STRING_TYPES: Final = frozenset({"string", "AudienceMatchPolicyType", "EgressSelectorType"})


def fields(struct: str, version: KubernetesVersion) -> dict[str, Field]:
    """The fields that a struct has in this Kubernetes version."""
    return {name: field for name, field in STRUCTS[struct].items() if version.has(field.since)}
