"""kube-apiserver's `--oidc-*` flags → AuthenticationConfiguration, with what cannot stay the same named.

Source: k8s.io/kubernetes/pkg/kubeapiserver/options/authentication.go (ToAuthenticationConfig), which makes
the very same structure of the flags.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from kube_oidc.migrate.flags import OidcFlags
from kube_oidc.model import (
    ClaimMappings,
    ClaimValidationRule,
    Issuer,
    JWTAuthenticator,
    PrefixedClaimOrExpression,
)

_NO_PREFIX: Final = "-"


@dataclass(frozen=True, slots=True)
class Migrated:
    """The one authenticator that the flags describe, and what its owner should know about the change."""

    authenticator: JWTAuthenticator
    notes: tuple[str, ...]


def migrate(flags: OidcFlags, read_authority: Callable[[str], str]) -> Migrated:
    """The flags as an authenticator; `read_authority` gives the PEM text behind `--oidc-ca-file`."""
    mappings = ClaimMappings(
        username=PrefixedClaimOrExpression(flags.username_claim, _username_prefix(flags)),
        groups=(
            PrefixedClaimOrExpression(flags.groups_claim, flags.groups_prefix)
            if flags.groups_claim
            else PrefixedClaimOrExpression()
        ),
    )
    issuer = Issuer(
        url=flags.issuer_url,
        certificate_authority=read_authority(flags.ca_file) if flags.ca_file else "",
        audiences=(flags.client_id,),
    )
    rules = tuple(ClaimValidationRule(claim, value) for claim, value in sorted(flags.required_claims.items()))
    authenticator = JWTAuthenticator(issuer, rules, mappings)
    return Migrated(authenticator, tuple(_notes(flags)))


def _username_prefix(flags: OidcFlags) -> str:
    """What Kubernetes makes of an absent prefix: the issuer's URL and `#`, but nothing before an email."""
    if flags.username_prefix == _NO_PREFIX:
        return ""
    if not flags.username_prefix and flags.username_claim != "email":
        return f"{flags.issuer_url}#"
    return flags.username_prefix


def _notes(flags: OidcFlags) -> list[str]:
    notes = [
        f"the API server does not start with both: remove {' '.join(flags.names)} where you add "
        "--authentication-config",
        f"signing algorithms: the flags accept {', '.join(flags.signing_algorithms)} (--oidc-signing-algs); "
        "the file has no field for them, and accepts all of RS, ES and PS that a key of the issuer fits",
    ]
    if flags.ca_file:
        notes.append(
            f"certificate authority: --oidc-ca-file names {flags.ca_file}, the new file holds its text; "
            "when the authority changes, so must the new file"
        )
    if flags.groups_prefix and not flags.groups_claim:
        notes.append("--oidc-groups-prefix does nothing without --oidc-groups-claim, and is left out")
    return notes
