"""A signed token in its compact form, as the API server reads it before it looks at any key.

Source: `gopkg.in/go-jose/go-jose.v2` v2.6.3 (`jws.go`, parseSignedCompact; `shared.go`, rawHeader; `signing.go`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from kube_oidc.authn import base64url, jose
from kube_oidc.authn.jose import JOSEError
from kube_oidc.verdict.golang.quote import quote
from kube_oidc.verdict.golang.unmarshal import Pairs, parse_object

_NAMED: Final = {"kid": "key ID", "alg": "algorithm", "nonce": "nonce", "jwk": "JWK", "x5c": "x5c header"}
_UNDERSTOOD: Final = frozenset({"b64"})  # what go-jose understands of `crit`


class MalformedError(Exception):
    """The API server does not read the token; the message is go-jose's."""


@dataclass(frozen=True, slots=True)
class Compact:
    """What the header says, the bytes that are signed, and the signature.

    `understood`: nothing is critical that go-jose does not know; else no key verifies the token.
    """

    algorithm: str
    key_id: str
    understood: bool
    signed: bytes
    signature: bytes


def parse(token: str) -> Compact:
    """The token's parts; MalformedError if the API server can't parse it, RecursionError if it is nested too deeply."""
    parts = token.split(".")
    if len(parts) != 3:
        raise MalformedError("go-jose/go-jose: compact JWS format must have three parts")
    try:
        header, payload, signature = map(base64url.decode, parts)
        fields = _fields(header)
    except (base64url.IllegalError, JOSEError) as error:
        raise MalformedError(str(error)) from None
    # What is signed is the parts as go-jose itself would write them.
    claims = payload if fields.get("b64") is False else base64url.encode(payload).encode()
    signed = base64url.encode(header).encode() + b"." + claims
    named = (fields.get("alg") or "", fields.get("kid") or "")
    return Compact(*named, _understood(fields.get("crit")), signed, signature)


def _understood(critical: Any) -> bool:
    try:
        return _UNDERSTOOD.issuperset(jose.texts(critical))
    except JOSEError:
        return False


def _fields(header: bytes) -> dict[str, Any]:
    """The header's members, each of a type that go-jose takes."""
    if not header:
        return {}
    document = parse_object(header)
    if document is None:
        if header.strip(b" \t\r\n") == b"null":
            return {}
        raise JOSEError(_syntax_problem(header))
    fields = dict(jose.members(document, "jose.rawHeader"))
    for position, (name, value) in enumerate(document.entries):
        if value is not None:
            _check_field(name, value, document, position)
    if fields.get("jwk") is not None and not _is_public(fields["jwk"]):
        raise JOSEError("go-jose/go-jose: invalid embedded jwk, must be public key")
    return fields


def _check_field(name: str, value: Any, document: Pairs, position: int) -> None:
    try:
        match name:
            case "kid" | "alg" | "nonce":
                jose.text(value)
            case "jwk":
                _is_public(value)
            case "x5c":
                _check_certificates(value)
            case _:
                jose.check(value)
    except JOSEError as error:
        what = _NAMED.get(name, "value")
        # go-jose shows the key, which may be a private one.
        shown = '"..."' if name == "jwk" else quote(document.raw(position))
        raise JOSEError(f"failed to unmarshal {what}: {error}: {shown}") from None


def _is_public(value: Any) -> bool:
    from kube_oidc.authn.jwk import parse_key  # noqa: PLC0415 - few tokens carry one

    key = parse_key(value)
    return (
        not key.private and key.numbers.get("e") != 0
    )  # go-jose's Valid() asks nothing else that can be missing


def _check_certificates(value: Any) -> None:
    from kube_oidc.authn.jwk import certificates  # noqa: PLC0415 - few tokens carry one

    certificates(jose.texts(value))


def _syntax_problem(header: bytes) -> str:
    """Go's error message for a text that isn't a JSON object."""
    from kube_oidc.verdict.document.from_json import read_json  # noqa: PLC0415
    from kube_oidc.verdict.document.node import LimitExceeded, SyntaxProblem  # noqa: PLC0415

    try:
        kind = read_json(header).kind
    except LimitExceeded:
        return "the header is nested too deeply for this checker"
    except SyntaxProblem as problem:
        return str(problem).rpartition("json parse error: ")[2]
    return f"json: cannot unmarshal {kind.value} into Go value of type jose.rawHeader"
