"""Public keys inside certificates, as Go parses them (Go 1.26, `crypto/x509`, `parsePublicKey`)."""

from __future__ import annotations

from typing import Final

from kube_oidc.verdict.golang import der
from kube_oidc.verdict.golang.curves import P224, P256, P384, P521
from kube_oidc.verdict.golang.der import DERError, Reader

_RSA: Final = (1, 2, 840, 113549, 1, 1, 1)
_DSA: Final = (1, 2, 840, 10040, 4, 1)
_EC: Final = (1, 2, 840, 10045, 2, 1)
_ED25519: Final = (1, 3, 101, 112)
_CURVES: Final = {
    (1, 3, 132, 0, 33): P224,
    (1, 2, 840, 10045, 3, 1, 7): P256,
    (1, 3, 132, 0, 34): P384,
    (1, 3, 132, 0, 35): P521,
}


def check_public_key(algorithm: tuple[int, ...], parameters: bytes, key: bytes) -> None:
    """Raises DERError if Go rejects the key; unknown kinds of keys aren't errors."""
    if algorithm == _RSA:
        _check_rsa(parameters, key)
    elif algorithm == _EC:
        _check_ec(parameters, key)
    elif algorithm == _ED25519:
        if parameters:
            raise DERError("x509: Ed25519 key encoded with illegal parameters")
        if len(key) != 32:
            raise DERError("x509: wrong Ed25519 public key size")
    elif algorithm == _DSA:
        _check_dsa(parameters, key)


def _check_rsa(parameters: bytes, key: bytes) -> None:
    if parameters != b"\x05\x00":
        raise DERError("x509: RSA key missing NULL parameters")
    numbers = Reader(key).inside(der.SEQUENCE, "x509: invalid RSA public key")
    modulus = numbers.integer("x509: invalid RSA modulus")
    exponent = numbers.int64("x509: invalid RSA public exponent")
    if modulus <= 0:
        raise DERError("x509: RSA modulus is not a positive number")
    if exponent <= 0:
        raise DERError("x509: RSA public exponent is not a positive number")


def _check_ec(parameters: bytes, key: bytes) -> None:
    curve = _CURVES.get(Reader(parameters).oid("x509: invalid ECDSA parameters"))
    if curve is None:
        raise DERError("x509: unsupported elliptic curve")
    if key[:1] != b"\x04":
        raise DERError("ecdsa: invalid uncompressed public key")
    if len(key) != 1 + 2 * curve.size:
        raise DERError(f"invalid {curve.name} point encoding")
    x, y = int.from_bytes(key[1 : 1 + curve.size], "big"), int.from_bytes(key[1 + curve.size :], "big")
    if max(x, y) >= curve.prime:
        raise DERError(curve.element_error)
    if not curve.contains(x, y):
        raise DERError(f"{curve.name} point not on curve")


def _check_dsa(parameters: bytes, key: bytes) -> None:
    invalid = "x509: invalid DSA parameters"
    numbers = [Reader(key).integer("x509: invalid DSA public key")]
    domain = Reader(parameters).inside(der.SEQUENCE, invalid)
    numbers += [domain.integer(invalid) for _ in "pqg"]
    if min(numbers) <= 0:
        raise DERError("x509: zero or negative DSA parameter")
