"""Is a token signed by one of these keys? The order and the words are the API server's.

Sources: go-oidc v2 (`verify.go`, `jwks.go`), go-jose v2 (`asymmetric.go`) and `crypto/rsa`. The arithmetic is that of
the library `cryptography`.
"""

from __future__ import annotations

from typing import Any, Final

from kube_oidc.authn.compact import Compact, MalformedError, parse
from kube_oidc.authn.jwk import SMALLEST_RSA_BITS, Key
from kube_oidc.authn.keys import KeySet
from kube_oidc.verdict.golang.quote import quote
from kube_oidc.verdict.versions import Difference, KubernetesVersion

ALGORITHMS: Final = ("ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512")
_FAILED: Final = "failed to verify signature: failed to verify id token signature"
_MAX_RSA_EXPONENT: Final = 2**31 - 1
_HALF_BYTES: Final = {"256": 32, "384": 48, "512": 66}


class SignatureError(Exception):
    """The API server does not take the signature; the message is its own, `detail` says more than it does."""

    def __init__(self, message: str, detail: str) -> None:
        super().__init__(message)
        self.detail = detail


def read(token: str) -> Compact:
    """The token's parts; SignatureError if the API server does not read it."""
    try:
        return parse(token)
    except MalformedError as error:
        detail = (
            "a header that is a JSON object, the claims and the signature are expected, each in base64url"
        )
        raise SignatureError(f"oidc: malformed jwt: {error}", detail) from None


def check_algorithm(token: Compact) -> None:
    """SignatureError if the API server accepts no token with this algorithm."""
    if token.algorithm not in ALGORITHMS:
        listed = "[" + " ".join(map(quote, ALGORITHMS)) + "]"
        got = quote(token.algorithm)
        message = f"oidc: id token signed with unsupported algorithm, expected {listed} got {got}"
        raise SignatureError(message, f"the token's algorithm is {got}")


def verified_by(token: Compact, keys: KeySet, version: KubernetesVersion) -> Key:
    """The key that signed the token, for an API server of this minor; SignatureError if none of them did.

    A key's own `alg` and `use` decide nothing, as in go-jose; its `kid` does if the token names one.
    """
    named = [key for key in keys.keys if not token.key_id or key.key_id == token.key_id]
    if not named:
        known = ", ".join(quote(key.key_id) for key in keys.keys) or "none"
        missing = quote(token.key_id)
        detail = (
            f"no key is named {missing}; the issuer's are: {known}. A key of the past, or a stranger's"
            if token.key_id
            else "the issuer has no keys"
        )
        raise SignatureError(_FAILED, detail)
    if not token.understood:
        raise SignatureError(_FAILED, "its header names something critical that the API server does not know")
    for key in named:
        if _is_usable(key, version) and _verifies(key, token):
            return key
    tried = ", ".join(map(str, named))
    raise SignatureError(
        _FAILED, f"not signed by {tried}: another key signed it, or it was changed afterwards"
    )


def _is_usable(key: Key, version: KubernetesVersion) -> bool:
    """Whether Go takes the key, whatever it signed."""
    if key.private:
        return False
    small = key.bits < SMALLEST_RSA_BITS and version.has(Difference.SMALL_RSA_KEYS_REFUSED)
    return key.type != "RSA" or not (small or key.numbers["e"] > _MAX_RSA_EXPONENT)


def _verifies(key: Key, token: Compact) -> bool:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm  # noqa: PLC0415 - 20 ms
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415

    family, size = token.algorithm[:2], token.algorithm[2:]
    digest = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}[size]
    try:
        match family, key.type:
            case "RS" | "PS", "RSA":
                _verify_rsa(key, token, digest)
            case "ES", "EC":
                _verify_ecdsa(key, token, digest, _HALF_BYTES[size])
            case _:
                return False
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


def _verify_rsa(key: Key, token: Compact, digest: Any) -> None:
    from cryptography.hazmat.primitives.asymmetric import padding, rsa  # noqa: PLC0415

    public = rsa.RSAPublicNumbers(key.numbers["e"], key.numbers["n"]).public_key()
    if token.algorithm.startswith("RS"):
        public.verify(token.signature, token.signed, padding.PKCS1v15(), digest)
    else:
        mask = padding.PSS(padding.MGF1(digest), padding.PSS.AUTO)
        public.verify(token.signature, token.signed, mask, digest)


def _verify_ecdsa(key: Key, token: Compact, digest: Any, size: int) -> None:
    """A JWS has the two numbers one after the other (RFC 7518, section 3.4), the library wants them in DER.

    Their length is that of the algorithm, whatever the key's curve: so go-jose has it.
    """
    from cryptography.hazmat.primitives.asymmetric import ec, utils  # noqa: PLC0415

    if len(token.signature) != 2 * size:
        raise ValueError("not the signature of this curve")
    curve = {"P256": ec.SECP256R1(), "P384": ec.SECP384R1(), "P521": ec.SECP521R1()}[key.curve]
    public = ec.EllipticCurvePublicNumbers(key.numbers["x"], key.numbers["y"], curve).public_key()
    numbers = (int.from_bytes(half, "big") for half in (token.signature[:size], token.signature[size:]))
    public.verify(utils.encode_dss_signature(*numbers), token.signed, ec.ECDSA(digest))
