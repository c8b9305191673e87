"""A signed token: what we say of it with an issuer's key set, beside the reference's answer."""

from __future__ import annotations

import re
from typing import Any, Final

from kube_oidc.authn.authenticate import Authenticated, Authenticator, Outcome
from kube_oidc.authn.keys import KeySetError, parse
from kube_oidc.authn.verification import Signature
from kube_oidc.commands import CommandError
from kube_oidc.commands.tokens import payload_of, token_of
from kube_oidc.issuers.verify_token import TokenCheck, against_keys
from kube_oidc.verdict.validate_file import check
from kube_oidc.verdict.versions import KubernetesVersion
from recorded.verdicts import context

_MALFORMED: Final = "oidc: verify token: oidc: malformed jwt: "
_NO_AUTHENTICATOR: Final = "no authenticator takes the token"
_UNREAD: Final = "oidc: failed to decode keys: "
_AS_JSON: Final = "got Content-Type = application/json, but could not unmarshal as JSON: "
# What is wrong with a private key is said by the Go that built the API server, each time in other words.
_OF_GO: Final = "crypto/rsa: "
_OF_GO_IN_HEADER: Final = re.compile(rf"(unmarshal JWK: {_OF_GO})[^:]*")
# The API server shows the header's key, private or not.
_EMBEDDED: Final = re.compile(r'(failed to unmarshal JWK: .*?): "(?:[^"\\]|\\.)*"$', re.DOTALL)
_RENAMED: Final = (
    ("square/go-jose", "go-jose/go-jose"),
    ("x5c fields do not match", "x5c fields to not match"),
)


def explain_signed(config: bytes, token: str, keys: str, minor: str, now: int) -> Outcome | None:
    """What `kube-oidc explain --token-file --keys` finds out; None if the text is not a token."""
    checked = check(config, context(minor))
    assert checked.configuration is not None
    token = token_of(token)
    try:
        payload = payload_of(token)
    except CommandError:
        return None
    authenticator = Authenticator(checked.configuration, KubernetesVersion.parse(minor))
    return authenticator.authenticate(payload, now, _check(token, keys))


def compare_signed(answer: dict[str, Any], outcome: Outcome | None) -> tuple[bool, str, str]:
    """Do both sides agree, and what each says."""
    theirs = str(answer["user"]["username"]) if answer["authenticated"] else _words(answer["error"])
    ours = _our_words(outcome)
    if outcome is None and _MALFORMED in theirs:
        theirs = _NO_AUTHENTICATOR
    return _same(ours, theirs), ours, theirs


def _same(ours: str, theirs: str) -> bool:
    """go-oidc puts the answer's type before the reason and the whole key set after it; the checker names the key."""
    begin, unread, reason = ours.partition(_UNREAD)
    if not unread:
        return ours == theirs
    _, named, reason = reason.partition("): ")
    if reason.startswith(_OF_GO):
        return theirs.startswith(begin + _UNREAD + _AS_JSON)
    start = f"{begin}{_UNREAD}{_AS_JSON}{reason} " if named else begin + unread
    return theirs.startswith(start) and (not named or theirs.removeprefix(start).startswith("{"))


def _words(error: str | None) -> str:
    """The API server's words without what the checker says in another way."""
    if error is None:
        return _NO_AUTHENTICATOR
    for until_1_32, since in _RENAMED:
        error = error.replace(until_1_32, since)
    return _OF_GO_IN_HEADER.sub(r"\1...", _EMBEDDED.sub(r'\1: "..."', error))


def _our_words(outcome: Outcome | None) -> str:
    if outcome is None or (not isinstance(outcome, Authenticated) and "no authenticator" in outcome.reason):
        return _NO_AUTHENTICATOR
    if isinstance(outcome, Authenticated):
        return outcome.user.username
    return _words(outcome.reason)


def _check(token: str, keys: str) -> TokenCheck:
    try:
        return against_keys(token, parse(keys.encode("utf-8", "surrogatepass")), "the keys")
    except KeySetError as error:
        refusal = f"failed to verify signature: fetching keys {error}"
        return TokenCheck(token, lambda *_: Signature("", refusal=refusal))
