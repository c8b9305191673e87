"""ExecCredential: the plugin's output for kubectl, with the token and its expiry.

Source: k8s.io/client-go/pkg/apis/clientauthentication and its exec authenticator.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Final

from kube_oidc.ci.credentials.token import CredentialError, IdentityToken

VERSIONS: Final = ("v1", "v1beta1")
_GROUP: Final = "client.authentication.k8s.io"


def asked_version(environment: Mapping[str, str]) -> str:
    """The version requested in $KUBERNETES_EXEC_INFO; `v1` if it is missing or unknown."""
    try:
        asked = json.loads(environment.get("KUBERNETES_EXEC_INFO", "{}"))
        group, _, version = asked["apiVersion"].partition("/")
    except (ValueError, TypeError, KeyError, AttributeError):
        return VERSIONS[0]
    return version if group == _GROUP and version in VERSIONS else VERSIONS[0]


def render(token: IdentityToken, version: str) -> str:
    """The ExecCredential as JSON, including the token. Without `exp`, kubectl never refreshes it."""
    status = {}
    if token.expires is not None:
        status["expirationTimestamp"] = _timestamp(token.expires)
    status["token"] = token.secret.reveal()
    return json.dumps({"apiVersion": f"{_GROUP}/{version}", "kind": "ExecCredential", "status": status})


def _timestamp(seconds: float) -> str:
    """RFC 3339 in whole seconds, rounded down: client-go uses the token until this moment."""
    try:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(seconds)))
    except (ValueError, OverflowError, OSError):
        raise CredentialError("the token's `exp` is not a time: it must be seconds since 1970") from None
