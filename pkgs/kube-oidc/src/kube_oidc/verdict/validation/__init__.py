"""Kubernetes' validation of AuthenticationConfiguration, with its field paths and messages.

Source: `k8s.io/apiserver/pkg/apis/apiserver/validation/validation.go` (ValidateAuthenticationConfiguration).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kube_oidc.field import FieldPath
from kube_oidc.model import AuthenticationConfiguration, JWTAuthenticator
from kube_oidc.verdict.golang.quote import json_string, quote
from kube_oidc.verdict.validation.claims import validate_claims
from kube_oidc.verdict.validation.errors import (
    FieldError,
    duplicate,
    forbidden,
    invalid_shown,
    too_many,
)
from kube_oidc.verdict.validation.issuer import validate_issuer
from kube_oidc.verdict.validation.wording import reworded
from kube_oidc.verdict.versions import DEFAULT, Difference, KubernetesVersion

__all__ = ["Context", "FieldError", "validate"]

_MAX_AUTHENTICATORS: Final = 64


@dataclass(frozen=True, slots=True)
class Context:
    """The API server's version and flags, on which the verdict depends.

    `egress_selector_configured` is None if it is unknown whether there is an `--egress-selector-config-file`.
    """

    version: KubernetesVersion = DEFAULT
    service_account_issuers: tuple[str, ...] = ()
    feature_gates: frozenset[tuple[str, bool]] = frozenset()
    anonymous_auth_set: bool = False
    egress_selector_configured: bool | None = None

    def gate(self, name: str, default: bool) -> bool:
        """Whether this feature gate is enabled by `--feature-gates` or by default."""
        return dict(self.feature_gates).get(name, default)


def validate(configuration: AuthenticationConfiguration, context: Context) -> list[FieldError]:
    """The API server's errors for this configuration, in its order; empty if it is valid."""
    root = FieldPath(("jwt",))
    count = len(configuration.jwt)
    if count > _MAX_AUTHENTICATORS:
        remedy = f"keep at most {_MAX_AUTHENTICATORS} entries, one for each issuer"
        return [too_many(root, count, _MAX_AUTHENTICATORS, remedy)]
    errors: list[FieldError] = []
    seen_urls: set[str] = set()
    seen_discovery: set[str] = set()
    for position, authenticator in enumerate(configuration.jwt):
        path = root.index(position)
        errors += validate_authenticator(authenticator, path, context)
        errors += _duplicates(authenticator, path, seen_urls, seen_discovery)
    return errors + _anonymous(configuration, context)


def validate_authenticator(
    authenticator: JWTAuthenticator, path: FieldPath, context: Context
) -> list[FieldError]:
    """The errors of one entry of `jwt`."""
    egress_gate = context.gate("StructuredAuthenticationConfigurationEgressSelector", default=True)
    errors = validate_issuer(
        authenticator.issuer,
        path.child("issuer"),
        context.version,
        context.service_account_issuers,
        egress_gate,
    )
    return errors + validate_claims(authenticator, path, context.version)


def _duplicates(
    authenticator: JWTAuthenticator, path: FieldPath, urls: set[str], discovery_urls: set[str]
) -> list[FieldError]:
    errors = []
    issuer = authenticator.issuer
    if issuer.url in urls:
        remedy = (
            "one issuer has one entry: put its audiences into one list with `audienceMatchPolicy: MatchAny`"
        )
        errors.append(duplicate(path.child("issuer", "url"), issuer.url, remedy))
    urls.add(issuer.url)
    if issuer.discovery_url:
        if issuer.discovery_url in discovery_urls:
            remedy = "each issuer needs its own discoveryURL"
            errors.append(duplicate(path.child("issuer", "discoveryURL"), issuer.discovery_url, remedy))
        discovery_urls.add(issuer.discovery_url)
    return errors


def _anonymous(configuration: AuthenticationConfiguration, context: Context) -> list[FieldError]:
    anonymous = configuration.anonymous
    if anonymous is None:
        return []
    path = FieldPath(("anonymous",))
    errors = []
    if context.anonymous_auth_set:
        detail = (
            "--anonymous-auth flag cannot be set when anonymous field is configured "
            "in authentication configuration file"
        )
        errors.append(forbidden(path, detail, "remove the flag, or the `anonymous` section"))
    by_default = context.version.has(Difference.ANONYMOUS_BY_DEFAULT)
    if not context.gate("AnonymousAuthConfigurableEndpoints", by_default):
        # Misspelt in every minor that has the gate off by default or lets it be turned off (until 1.33).
        detail = "anonymous is not supported when AnonymousAuthConfigurableEnpoints feature gate is disabled"
        remedy = "set --feature-gates=AnonymousAuthConfigurableEndpoints=true, or remove `anonymous`"
        errors.append(forbidden(path, detail, remedy))
    if not anonymous.enabled and anonymous.conditions:
        shown = _conditions_shown(anonymous.conditions, context.version)
        detail = "enabled should be set to true when conditions are defined"
        remedy = "set `enabled: true`, or remove the conditions"
        errors.append(invalid_shown(path.child("conditions"), shown, detail, remedy))
    return errors


def _conditions_shown(paths: tuple[str, ...], version: KubernetesVersion) -> str:
    kind = "apiserver.AnonymousAuthCondition"
    as_go = ", ".join(f"{kind}{{Path:{quote(path)}}}" for path in paths)
    as_json = ",".join(f'{{"Path":{json_string(path)}}}' for path in paths)
    return reworded(version, f"[]{kind}{{{as_go}}}", f"[{as_json}]")
