"""Converts kube-apiserver's `--oidc-*` flags into an AuthenticationConfiguration, and notes what can't stay the same.

Source: `k8s.io/kubernetes/pkg/kubeapiserver/options/authentication.go` (ToAuthenticationConfig), which converts the
flags into the same structure.
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
    """The authenticator that the flags describe, and notes for the administrator."""

    authenticator: JWTAuthenticator
    notes: tuple[str, ...]


def migrate(flags: OidcFlags, read_authority: Callable[[str], str]) -> Migrated:
    """The flags as an authenticator; `read_authority` returns the PEM text of the file that `--oidc-ca-file` names."""
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
    """The prefix; Kubernetes' default is the issuer's URL and `#`, and none for `email`."""
    if flags.username_prefix == _NO_PREFIX:
        return ""
    if not flags.username_prefix and flags.username_claim != "email":
        return f"{flags.issuer_url}#"
    return flags.username_prefix


def _notes(flags: OidcFlags) -> list[str]:
    notes = [
        f"the API server doesn't start with both: remove {' '.join(flags.names)} when you add "
        "--authentication-config",
        f"signing algorithms: the flags accept {', '.join(flags.signing_algorithms)} (--oidc-signing-algs); "
        "the file has no field for them: every RS, ES and PS algorithm that fits a key of the issuer is accepted",
    ]
    if flags.ca_file:
        notes.append(
            f"certificate authority: --oidc-ca-file names {flags.ca_file}, but the new file contains its text; "
            "if the authority changes, update the new file"
        )
    if flags.groups_prefix and not flags.groups_claim:
        notes.append("--oidc-groups-prefix has no effect without --oidc-groups-claim, so it is omitted")
    return notes
