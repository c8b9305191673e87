"""Configurations for tests."""

from __future__ import annotations

import json
from typing import Any, Final

from kube_oidc.model import AuthenticationConfiguration
from kube_oidc.verdict.validate_file import check
from kube_oidc.verdict.validation import Context
from kube_oidc.verdict.versions import DEFAULT

KEYCLOAK: Final = "https://sso.example.org/realms/main"


def configuration(issuers: list[dict[str, Any]]) -> AuthenticationConfiguration:
    """Returns the configuration with these entries of `jwt`, which the API server has to accept."""
    head = {"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthenticationConfiguration"}
    checked = check(json.dumps(head | {"jwt": issuers}).encode(), Context(DEFAULT))
    assert checked.accepted, checked.diagnostics
    assert checked.configuration is not None
    return checked.configuration
