"""The CI job's ID token: detected or named by the user, and checked before use."""

from __future__ import annotations

import time
from typing import Final

from kube_oidc.ci.credentials.secret import Secret
from kube_oidc.ci.credentials.sources import PLACES, SOURCES, Request, Source, find
from kube_oidc.ci.credentials.token import CredentialError, IdentityToken

__all__ = ["PLACES", "CredentialError", "IdentityToken", "Request", "Secret", "identity_token"]

_LEEWAY_SECONDS: Final = 60  # kube-apiserver's for `nbf` (coreos/go-oidc, verify.go); it has none for `exp`


def identity_token(request: Request, source: str = "") -> IdentityToken:
    """A token for the requested audience; `source` is one of PLACES, detected if empty.

    CredentialError says why there is none, or why the one that is there cannot serve (another audience,
    expired). A token that was just made is not measured by this machine's clock: the issuer's counts.
    """
    name = source or find(request)
    token = SOURCES[name].fetch(request)
    if request.audience and request.audience not in token.audiences:
        raise CredentialError(_wrong_audience(name, request, token))
    if not SOURCES[name].fresh and is_expired(token):
        raise CredentialError(_expired(SOURCES[name], token))
    return token


def is_expired(token: IdentityToken) -> bool:
    """Whether `exp` has passed according to this machine's clock."""
    return token.expires is not None and token.expires <= time.time()


def is_early(token: IdentityToken) -> bool:
    """Whether `nbf` is in the future for an API server with this machine's clock."""
    return token.not_before is not None and token.not_before > time.time() + _LEEWAY_SECONDS


def _wrong_audience(name: str, request: Request, token: IdentityToken) -> str:
    has = " and ".join(map(repr, token.audiences)) or "no audience"
    remedy = {
        "gitlab": f"set `aud: {request.audience}` in the job's `id_tokens:`",
        "variable": f"set `aud: {request.audience}` at its source (GitLab: the job's `id_tokens:`)",
    }.get(name, "request an audience from the cluster's jwt[].issuer.audiences")
    return f"the token is for {has}, not for {request.audience!r}: {remedy}"


def _expired(source: Source, token: IdentityToken) -> str:
    assert token.expires is not None
    age = time.time() - token.expires
    return f"the token from {source.title} expired {age:.0f} s ago (by this machine's clock): get a new one"
