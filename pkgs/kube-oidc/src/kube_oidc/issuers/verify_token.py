"""What the API server makes of one token's form and signature: by the live issuer, a key set at hand, or neither."""

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

Verdict = Callable[[Compact, Issuer], Signature]


@dataclass(frozen=True, slots=True)
class TokenCheck:
    """A token beside what knows its issuer's keys."""

    token: str
    _verdict: Verdict

    def form(self) -> Signature:
        """Can the API server read it? This it asks first."""
        try:
            read(self.token)
        except SignatureError as error:
            return Signature(error.detail, refusal=str(error))
        except RecursionError:
            reason = "the token's header is nested too deeply for this checker"
            return Signature("cannot be checked", undecided=reason)
        return Signature("in form")

    def signature(self, issuer: Issuer) -> Signature:
        """Does it take the algorithm, and did one of the issuer's keys sign? Of a token that is in form."""
        token = read(self.token)
        try:
            check_algorithm(token)  # first, as there: a token that it does not take asks nobody
        except SignatureError as error:
            return Signature(error.detail, refusal=str(error))
        return self._verdict(token, issuer)


def against_issuer(token: str, timeout_seconds: float) -> TokenCheck:
    """Asks the token's issuer for its keys, as the API server does; all of it within `timeout_seconds`."""

    def verdict(compact: Compact, issuer: Issuer) -> Signature:
        try:
            deadline = Deadline(timeout_seconds)
            keys, _ = fetch_keys(issuer, discover(issuer, deadline).jwks_uri, deadline)
        except IssuerError as error:
            remedy = f" ({error.remedy})" if error.remedy else ""
            reason = f"the issuer's keys cannot be had from here: {error}{remedy}"
            return Signature("cannot be checked", undecided=reason)
        return _by_keys(compact, keys, "of the issuer")

    return TokenCheck(token, verdict)


def against_keys(token: str, keys: KeySet, origin: str) -> TokenCheck:
    """Takes these keys for those of whatever issuer the token names."""
    return TokenCheck(token, lambda compact, _: _by_keys(compact, keys, f"in {origin}"))


def without_keys(token: str) -> TokenCheck:
    """Takes every signature for genuine; what the API server refuses whoever signed, is refused."""
    return TokenCheck(token, lambda *_: Signature("not checked"))


def _by_keys(token: Compact, keys: KeySet, origin: str) -> Signature:
    try:
        return Signature(f"by the key {verified_by(token, keys)} {origin}")
    except SignatureError as error:
        return Signature(error.detail, refusal=str(error))
