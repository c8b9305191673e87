"""What each field means, for editors: struct → its own description (under "") and its fields'.

Sources: `k8s.io/apiserver/pkg/apis/apiserver/v1/types.go` and `validation/validation.go` next to it.
"""

from __future__ import annotations

from typing import Final

_CEL_CLAIMS: Final = "CEL; claims has the token's claims, so claims.sub is its subject"

DESCRIPTIONS: Final[dict[str, dict[str, str]]] = {
    "AuthenticationConfiguration": {
        "": "The file for kube-apiserver's --authentication-config. A change of jwt is loaded within a minute.",
        "apiVersion": "The version of this file's format.",
        "kind": "Always AuthenticationConfiguration.",
        "jwt": "The issuers whose tokens are accepted, at most 64. The token's iss claim selects the entry.",
        "anonymous": (
            "Whether requests without credentials are accepted. The flag --anonymous-auth must be absent. "
            "A change needs a restart."
        ),
    },
    "JWTAuthenticator": {
        "": "One issuer: which tokens are accepted, and which user they become.",
        "issuer": "Where the tokens come from and for which audiences they must be.",
        "claimValidationRules": "Conditions on the claims; all must hold.",
        "claimMappings": "How claims become a user name, groups, a UID and extra values.",
        "userValidationRules": "Conditions on the resulting user; all must hold.",
    },
    "Issuer": {
        "": "The issuer and its audiences.",
        "url": "The issuer URL, exactly as in the token's iss claim: https, no query or fragment, unique in the file.",
        "discoveryURL": (
            "Where to fetch the discovery document, if not at URL/.well-known/openid-configuration. "
            "Its issuer must still be url."
        ),
        "certificateAuthority": "CA certificates for the issuer's server: PEM text, not a path. Default: the system's.",
        "audiences": "The token's aud claim must contain one of these. Choose a name that only this cluster uses.",
        "audienceMatchPolicy": "MatchAny, required with more than one audience.",
        "egressSelectorType": "Which connection of --egress-selector-config-file is used to reach the issuer.",
    },
    "ClaimValidationRule": {
        "": "Either claim with requiredValue, or expression with an optional message.",
        "claim": "The claim that must have requiredValue. Only string claims match.",
        "requiredValue": "The claim's value, compared as a string.",
        "expression": f"{_CEL_CLAIMS}. Must be true. An absent claim is an error: use claims.?name.orValue('').",
        "message": "The reason in the API server's log if the expression is false.",
    },
    "ClaimMappings": {
        "": "How claims become a user.",
        "username": "The user name; either claim with prefix, or expression.",
        "groups": "The groups; either claim with prefix, or expression. A string or a list of strings.",
        "uid": "The UID; either claim or expression.",
        "extra": "Extra values of the user, for admission and audit.",
    },
    "PrefixedClaimOrExpression": {
        "": "Either claim with prefix, or expression.",
        "claim": "The claim's name.",
        "prefix": (
            "Put before the value. Required with claim; an empty one lets the issuer choose names such as system:admin."
        ),
        "expression": f"{_CEL_CLAIMS}. The value, including any prefix.",
    },
    "ClaimOrExpression": {
        "": "Either claim or expression.",
        "claim": "The claim's name.",
        "expression": f"{_CEL_CLAIMS}. The value as a string.",
    },
    "ExtraMapping": {
        "": "One extra value.",
        "key": "Lowercase, with a domain: example.org/name. Not below kubernetes.io or k8s.io.",
        "valueExpression": f"{_CEL_CLAIMS}. A string or a list of strings; empty values are omitted.",
    },
    "UserValidationRule": {
        "": "A condition on the user.",
        "expression": (
            "CEL; user has username, groups, uid and extra. Must be true. Example: !user.username.startsWith('system:')"
        ),
        "message": "The reason in the API server's log if the expression is false.",
    },
    "AnonymousAuthConfig": {
        "": "Requests without credentials.",
        "enabled": "Whether they are accepted, as the user system:anonymous.",
        "conditions": "The only paths they are accepted for; all paths by default.",
    },
    "AnonymousAuthCondition": {
        "": "A path open to requests without credentials.",
        "path": "The path, such as /livez.",
    },
}
