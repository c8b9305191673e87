"""Public keys inside certificates, as Go parses them (Go 1.26, `crypto/x509`, `parsePublicKey`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kube_oidc.golang import der
from kube_oidc.golang.der import DERError, Reader

_RSA: Final = (1, 2, 840, 113549, 1, 1, 1)
_DSA: Final = (1, 2, 840, 10040, 4, 1)
_EC: Final = (1, 2, 840, 10045, 2, 1)
_ED25519: Final = (1, 3, 101, 112)


@dataclass(frozen=True, slots=True)
class _Curve:
    """y² = x³ - 3x + b modulo a prime; `element_error` is Go's word for a coordinate that is not below it."""

    name: str
    prime: int
    b: int
    element_error: str

    @property
    def size(self) -> int:
        """Bytes of a coordinate."""
        return (self.prime.bit_length() + 7) // 8

    def contains(self, x: int, y: int) -> bool:
        return (y * y - x * x * x + 3 * x - self.b) % self.prime == 0


# FIPS 186-5 and SP 800-186, section 3.2.1.
_CURVES: Final = {
    (1, 3, 132, 0, 33): _Curve(
        "P224",
        2**224 - 2**96 + 1,
        0xB4050A850C04B3ABF54132565044B0B7D7BFD8BA270B39432355FFB4,
        "invalid P224Element encoding",
    ),
    (1, 2, 840, 10045, 3, 1, 7): _Curve(
        "P256",
        2**256 - 2**224 + 2**192 + 2**96 - 1,
        0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
        "invalid P256 element encoding",
    ),
    (1, 3, 132, 0, 34): _Curve(
        "P384",
        2**384 - 2**128 - 2**96 + 2**32 - 1,
        0xB3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF,
        "invalid P384Element encoding",
    ),
    (1, 3, 132, 0, 35): _Curve(
        "P521",
        2**521 - 1,
        int(
            "0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef1"
            "09e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00",
            16,
        ),
        "invalid P521Element encoding",
    ),
}


def check_public_key(algorithm: tuple[int, ...], parameters: bytes, key: bytes) -> None:
    """DERError where Go refuses the key; a kind of key that Go does not know is no error."""
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
