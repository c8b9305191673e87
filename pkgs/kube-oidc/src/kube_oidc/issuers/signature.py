"""Is a token signed by one of these keys? The order and the words are the API server's.

Sources: go-oidc v2.5.0 (`verify.go`, `jwks.go`) and go-jose v2.6.3 (`asymmetric.go`). The arithmetic is that of the
library `cryptography`.
"""

from __future__ import annotations

import json
from typing import Any, Final

from kube_oidc.golang.quote import quote
from kube_oidc.issuers import base64url
from kube_oidc.issuers.keys import Key, KeySet

ALGORITHMS: Final = ("ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512")
_FAILED: Final = "failed to verify signature: failed to verify id token signature"
_CRITICAL: Final = frozenset({"b64"})  # what go-jose understands of `crit`


class SignatureError(Exception):
    """The API server does not take the signature; the message is its own, `detail` says more than it does."""

    def __init__(self, message: str, detail: str) -> None:
        super().__init__(message)
        self.detail = detail


def algorithm_of(token: str) -> str:
    """The token's algorithm, if the API server takes it; SignatureError where it does not read the header."""
    algorithm = _header(token)[0]
    if algorithm not in ALGORITHMS:
        accepted = "[" + " ".join(map(quote, ALGORITHMS)) + "]"
        message = (
            f"oidc: id token signed with unsupported algorithm, expected {accepted} got {quote(algorithm)}"
        )
        raise SignatureError(message, f"the token's algorithm is {quote(algorithm)}")
    return algorithm


def verified_by(token: str, keys: KeySet) -> Key:
    """The key that signed the token; SignatureError where none of them did.

    A key's own `alg` and `use` decide nothing, as in go-jose; its `kid` does where the token names one.
    """
    algorithm = algorithm_of(token)
    key_id, critical = _header(token)[1:]
    head, payload, signature = token.strip().split(".")
    named = [key for key in keys.keys if not key_id or key.key_id == key_id]
    if not named:
        known = ", ".join(quote(key.key_id) for key in keys.keys) or "none"
        detail = (
            f"no key is named {quote(key_id)}; the issuer's are: {known}. A key of the past, or a stranger's"
        )
        raise SignatureError(_FAILED, detail)
    signed, proof = f"{head}.{payload}".encode(), base64url.decode(signature)
    if critical <= _CRITICAL:
        for key in named:
            if algorithm in key.algorithms and _verifies(key, algorithm, signed, proof):
                return key
    tried = ", ".join(map(str, named))
    raise SignatureError(
        _FAILED, f"not signed by {tried}: another key signed it, or it was changed afterwards"
    )


def _header(token: str) -> tuple[str, str, frozenset[str]]:
    """`alg`, `kid` and `crit`."""
    try:
        header, _, _ = (base64url.decode(part) for part in token.strip().split("."))
        fields = json.loads(header)
        algorithm, key_id = (fields.get(name) or "" for name in ("alg", "kid"))
        critical = frozenset(fields.get("crit") or ())
        readable = all(isinstance(value, str) for value in (algorithm, key_id, *critical))
    except (ValueError, RecursionError, AttributeError, TypeError):
        readable = False
    if not readable:
        detail = (
            "a header that is a JSON object, the claims and the signature are expected, each in base64url"
        )
        raise SignatureError("oidc: malformed jwt", detail)
    return algorithm, key_id, critical


def _verifies(key: Key, algorithm: str, signed: bytes, proof: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - 20 ms
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import padding  # noqa: PLC0415

    digest = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}[algorithm[2:]]
    try:
        public: Any = _public(key)
        match algorithm[:2]:
            case "RS":
                public.verify(proof, signed, padding.PKCS1v15(), digest)
            case "PS":
                mask = padding.PSS(padding.MGF1(digest), padding.PSS.AUTO)
                public.verify(proof, signed, mask, digest)
            case _:
                _verify_ecdsa(public, proof, signed, digest, (key.bits + 7) // 8)
    except (InvalidSignature, ValueError):
        return False
    return True


def _verify_ecdsa(public: Any, proof: bytes, signed: bytes, digest: Any, size: int) -> None:
    """A JWS has the two numbers one after the other (RFC 7518, section 3.4), the library wants them in DER."""
    from cryptography.hazmat.primitives.asymmetric import ec, utils  # noqa: PLC0415

    if len(proof) != 2 * size:
        raise ValueError("not the signature of this curve")
    numbers = (int.from_bytes(half, "big") for half in (proof[:size], proof[size:]))
    public.verify(utils.encode_dss_signature(*numbers), signed, ec.ECDSA(digest))


def _public(key: Key) -> Any:
    """The library's key; ValueError where the numbers are none."""
    from cryptography.hazmat.primitives.asymmetric import ec, rsa  # noqa: PLC0415

    def number(name: str) -> int:
        return int.from_bytes(base64url.decode(str(key.fields[name])), "big")

    if key.type == "RSA":
        return rsa.RSAPublicNumbers(number("e"), number("n")).public_key()
    curve = {256: ec.SECP256R1(), 384: ec.SECP384R1(), 521: ec.SECP521R1()}[key.bits]
    return ec.EllipticCurvePublicNumbers(number("x"), number("y"), curve).public_key()
