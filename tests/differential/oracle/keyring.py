"""Keys of every kind, their published form, and their signatures."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import math
from datetime import datetime
from functools import cache
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from differential.oracle.payloads import NOW

DIGESTS: Final = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}
KIDS: Final = ("rsa", "rsa3", "rsa1024", "ec256", "ec384", "ec521", "ed")
UNUSUAL: Final = ("an RSA key of 768 bits", "an RSA key with an exponent of 32 bits")
CLAIMS: Final = {"iss": "https://issuer.example", "aud": "audience", "sub": "me", "exp": NOW + 60}


@cache
def private_keys() -> dict[str, Any]:
    """One key of each kind, by its kid."""
    return {
        "rsa": rsa.generate_private_key(65537, 2048),
        "rsa3": rsa.generate_private_key(3, 2048),
        "rsa1024": rsa.generate_private_key(65537, 1024),
        "ec256": ec.generate_private_key(ec.SECP256R1()),
        "ec384": ec.generate_private_key(ec.SECP384R1()),
        "ec521": ec.generate_private_key(ec.SECP521R1()),
        "ed": ed25519.Ed25519PrivateKey.generate(),
        "stranger": rsa.generate_private_key(65537, 2048),
        UNUSUAL[0]: SmallKey(768, 65537),
        UNUSUAL[1]: SmallKey(2048, 2**31 + 11),
    }


class SmallKey:
    """An RSA key that the library makes no more: it signs with RS256."""

    def __init__(self, bits: int, exponent: int) -> None:
        while True:
            halves = rsa.generate_private_key(65537, 2048).private_numbers()
            self.p, self.q = (_prime(half, bits // 2) for half in (halves.p, halves.q))
            self.modulus, self.exponent = self.p * self.q, exponent
            phi = (self.p - 1) * (self.q - 1)
            if math.gcd(phi, exponent) == 1 and self.modulus.bit_length() == bits:
                break
        self.private_exponent = pow(exponent, -1, phi)

    def sign(self, signed: bytes) -> bytes:
        """RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017, section 8.2)."""
        size = self.modulus.bit_length() // 8
        digest = bytes.fromhex("3031300d060960864801650304020105000420") + hashlib.sha256(signed).digest()
        padded = b"\0\1" + b"\xff" * (size - len(digest) - 3) + b"\0" + digest
        return pow(int.from_bytes(padded, "big"), self.private_exponent, self.modulus).to_bytes(size, "big")


def _prime(start: int, bits: int) -> int:
    """A prime of this many bits, the two highest ones set, found from the number's first bits (Fermat's test)."""
    found = start >> max(0, start.bit_length() - bits) | 3 << (bits - 2) | 1
    while any(pow(base, found - 1, found) != 1 for base in (2, 3, 5, 7)):
        found += 2
    return found


def jwk(kid: str, *, private: bool = False) -> dict[str, Any]:
    """The key as an issuer publishes it, or its private form."""
    key = private_keys()[kid]
    if isinstance(key, SmallKey):
        return {"kty": "RSA", "kid": kid, "n": number(key.modulus), "e": number(key.exponent)}
    kinds: dict[Any, Any] = {rsa.RSAPrivateKey: RSAAlgorithm, ec.EllipticCurvePrivateKey: ECAlgorithm}
    algorithm = next((made for kind, made in kinds.items() if isinstance(key, kind)), OKPAlgorithm)
    document: dict[str, Any] = algorithm.to_jwk(key if private else key.public_key(), as_dict=True)
    return {name: value for name, value in document.items() if name != "key_ops"} | {"kid": kid}


@cache
def certificate(kid: str) -> bytes:
    """The key's own certificate, in DER."""
    key, name = private_keys()[kid], x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, kid)])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).serial_number(7)
    builder = builder.not_valid_before(datetime(2026, 1, 1)).not_valid_after(datetime(2036, 1, 1))
    digest = None if kid == "ed" else hashes.SHA256()
    return builder.public_key(key.public_key()).sign(key, digest).public_bytes(Encoding.DER)


def number(value: int) -> str:
    """A number as a key has it."""
    return encoded(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def encoded(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def proof(kid: str, algorithm: str, signed: bytes, *, longest_salt: bool = False) -> bytes:
    """This key's signature, or the closest possible one for the algorithm."""
    key, digest = private_keys()[kid], DIGESTS.get(algorithm[2:], hashes.SHA256())
    if algorithm.startswith("HS"):
        return hmac.new(json.dumps(jwk("rsa")).encode(), signed, hashlib.sha256).digest()
    if isinstance(key, ed25519.Ed25519PrivateKey | SmallKey):
        return key.sign(signed)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        size = {"384": 48, "512": 66}.get(algorithm[2:], 32)
        pair = utils.decode_dss_signature(key.sign(signed, ec.ECDSA(digest)))
        return b"".join(number.to_bytes(max(size, (number.bit_length() + 7) // 8), "big") for number in pair)
    if algorithm.startswith("PS"):
        salt = (
            padding.PSS.MAX_LENGTH
            if longest_salt
            else min(digest.digest_size, key.key_size // 8 - digest.digest_size - 2)
        )
        return key.sign(signed, padding.PSS(padding.MGF1(digest), salt), digest)
    return key.sign(signed, padding.PKCS1v15(), digest)


def token(
    kid: str, algorithm: str, header: str, payload: bytes, *, raw: bool = False, longest_salt: bool = False
) -> str:
    """A compact token; `raw` signs the unencoded payload, as with `b64: false`."""
    parts = [encoded(header.encode("utf-8", "surrogatepass")), encoded(payload)]
    signed = parts[0].encode() + b"." + (payload if raw else parts[1].encode())
    return ".".join([*parts, encoded(proof(kid, algorithm, signed, longest_salt=longest_salt))])
