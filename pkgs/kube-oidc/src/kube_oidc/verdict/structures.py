"""The Go structs that AuthenticationConfiguration is decoded into: field names, types, and since when.

Source: `k8s.io/apiserver/pkg/apis/apiserver/{v1alpha1,v1beta1,v1}/types.go`; the three versions have the same
fields in every release, so that only the Kubernetes version decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kube_oidc.verdict.versions import OLDEST, KubernetesVersion

GROUP: Final = "apiserver.config.k8s.io"
KIND: Final = "AuthenticationConfiguration"

API_VERSIONS: Final = {
    "v1alpha1": KubernetesVersion(1, 29),
    "v1beta1": KubernetesVersion(1, 30),
    "v1": KubernetesVersion(1, 34),
}

OTHER_KINDS: Final = {
    ("v1alpha1", "AuthorizationConfiguration"): KubernetesVersion(1, 29),
    ("v1alpha1", "TracingConfiguration"): KubernetesVersion(1, 29),
    ("v1beta1", "AuthorizationConfiguration"): KubernetesVersion(1, 30),
    ("v1beta1", "TracingConfiguration"): KubernetesVersion(1, 29),
    ("v1", "AdmissionConfiguration"): KubernetesVersion(1, 29),
    ("v1", "EncryptionConfiguration"): KubernetesVersion(1, 30),
    ("v1", "AuthorizationConfiguration"): KubernetesVersion(1, 32),
    ("v1", "TracingConfiguration"): KubernetesVersion(1, 34),
}
"""The other kinds of the group: (API version, kind) → since. Source: `register.go` of each API version."""


@dataclass(frozen=True, slots=True)
class Field:
    """`type` is `string`, `bool`, a struct's name, or a named string type; `many` marks a list of them."""

    type: str
    many: bool = False
    since: KubernetesVersion = OLDEST


_V1_30: Final = KubernetesVersion(1, 30)
_V1_31: Final = KubernetesVersion(1, 31)
_V1_34: Final = KubernetesVersion(1, 34)

_STRING: Final = Field("string")
STRUCTS: Final[dict[str, dict[str, Field]]] = {
    "AuthenticationConfiguration": {
        "apiVersion": _STRING,
        "kind": _STRING,
        "jwt": Field("JWTAuthenticator", many=True),
        "anonymous": Field("AnonymousAuthConfig", since=_V1_31),
    },
    "JWTAuthenticator": {
        "issuer": Field("Issuer"),
        "claimValidationRules": Field("ClaimValidationRule", many=True),
        "claimMappings": Field("ClaimMappings"),
        "userValidationRules": Field("UserValidationRule", many=True),
    },
    "Issuer": {
        "url": _STRING,
        "discoveryURL": Field("string", since=_V1_30),
        "certificateAuthority": _STRING,
        "audiences": Field("string", many=True),
        "audienceMatchPolicy": Field("AudienceMatchPolicyType", since=_V1_30),
        "egressSelectorType": Field("EgressSelectorType", since=_V1_34),
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
    """The fields of a struct that this Kubernetes version knows."""
    return {name: field for name, field in STRUCTS[struct].items() if field.since <= version}
