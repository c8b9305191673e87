"""Verifies one token's format and signature like the API server: with the live issuer, a key set, or neither."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kube_oidc.authn.compact import Compact
from kube_oidc.authn.keys import KeySet
from kube_oidc.authn.signature import SignatureError, check_algorithm, read, verified_by
from kube_oidc.authn.verification import Signature
from kube_oidc.issuers.discovery import IssuerError, discover, fetch_keys
from kube_oidc.model import Issuer
from kube_oidc.net.deadline import Deadline
from kube_oidc.verdict.versions import KubernetesVersion

Verdict = Callable[[Compact, Issuer, KubernetesVersion], Signature]


@dataclass(frozen=True, slots=True)
class TokenCheck:
    """A token and a source for its issuer's keys."""

    token: str
    _verdict: Verdict

    def form(self) -> Signature:
        """The API server's first check: whether the token is well-formed."""
        try:
            read(self.token)
        except SignatureError as error:
            return Signature(error.detail, refusal=str(error))
        except RecursionError:
            reason = "the token's header is nested too deeply for this checker"
            return Signature("can't be checked", undecided=reason)
        return Signature("in form")

    def signature(self, issuer: Issuer, version: KubernetesVersion) -> Signature:
        """Check the algorithm and signature of a well-formed token."""
        token = read(self.token)
        try:
            check_algorithm(token)  # first, as there: a token that it does not take asks nobody
        except SignatureError as error:
            return Signature(error.detail, refusal=str(error))
        return self._verdict(token, issuer, version)


def against_issuer(token: str, timeout_seconds: float) -> TokenCheck:
    """Verify with the keys fetched from the token's issuer, within `timeout_seconds`."""

    def verdict(compact: Compact, issuer: Issuer, version: KubernetesVersion) -> Signature:
        try:
            deadline = Deadline(timeout_seconds)
            keys, _ = fetch_keys(issuer, discover(issuer, deadline).jwks_uri, deadline)
        except IssuerError as error:
            remedy = f" ({error.remedy})" if error.remedy else ""
            reason = f"cannot get the issuer's keys from this machine: {error}{remedy}"
            return Signature("can't be checked", undecided=reason)
        return _by_keys(compact, keys, version, "of the issuer")

    return TokenCheck(token, verdict)


def against_keys(token: str, keys: KeySet, origin: str) -> TokenCheck:
    """Verify with these keys, whichever issuer the token names."""
    return TokenCheck(token, lambda compact, _, version: _by_keys(compact, keys, version, f"in {origin}"))


def without_keys(token: str) -> TokenCheck:
    """Accept any signature, but refuse tokens that the API server refuses for their format."""
    return TokenCheck(token, lambda *_: Signature("not checked"))


def _by_keys(token: Compact, keys: KeySet, version: KubernetesVersion, origin: str) -> Signature:
    try:
        return Signature(f"by the key {verified_by(token, keys, version)} {origin}")
    except SignatureError as error:
        return Signature(error.detail, refusal=str(error))
