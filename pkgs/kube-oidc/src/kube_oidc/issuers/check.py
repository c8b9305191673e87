"""The signature check of one token, against the live issuer or against a key set at hand."""

from __future__ import annotations

from kube_oidc.authenticate import Signature, SignatureCheck
from kube_oidc.deadline import Deadline
from kube_oidc.issuers.discovery import IssuerError, discover, fetch_keys
from kube_oidc.issuers.keys import KeySet
from kube_oidc.issuers.signature import SignatureError, algorithm_of, verified_by
from kube_oidc.model import Issuer


def against_issuer(token: str, timeout_seconds: float) -> SignatureCheck:
    """Asks the token's issuer for its keys, as the API server does; all of it within `timeout_seconds`."""

    def check(issuer: Issuer) -> Signature:
        try:
            algorithm_of(token)  # first, as there: a token that it does not read asks nobody
            deadline = Deadline(timeout_seconds)
            keys, _ = fetch_keys(issuer, discover(issuer, deadline).jwks_uri, deadline)
        except SignatureError as error:
            return Signature(error.detail, refusal=str(error))
        except IssuerError as error:
            remedy = f" ({error.remedy})" if error.remedy else ""
            reason = f"the issuer's keys cannot be had from here: {error}{remedy}"
            return Signature("cannot be checked", undecided=reason)
        return _verdict(token, keys, "of the issuer")

    return check


def against_keys(token: str, keys: KeySet, origin: str) -> SignatureCheck:
    """Takes these keys for those of whatever issuer the token names."""
    return lambda _: _verdict(token, keys, f"in {origin}")


def _verdict(token: str, keys: KeySet, origin: str) -> Signature:
    try:
        return Signature(f"by the key {verified_by(token, keys)} {origin}")
    except SignatureError as error:
        return Signature(error.detail, refusal=str(error))
