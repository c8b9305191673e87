"""One JSON Web Key, as the API server takes or refuses it.

Source: `gopkg.in/go-jose/go-jose.v2` v2.6.3 (`jwk.go`), which go-oidc v2 decodes key sets with.
"""

from __future__ import annotations

import hashlib
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from kube_oidc.authn import base64url, jose
from kube_oidc.authn.jose import JOSEError
from kube_oidc.verdict.golang.curves import P256, P384, P521, Curve
from kube_oidc.verdict.golang.der import DERError
from kube_oidc.verdict.golang.printing import is_print

SMALLEST_RSA_BITS: Final = 1024  # what Go's crypto/rsa takes from 1.24 on
_RSA: Final[tuple[str, ...]] = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
_CURVES: Final = {"P-256": (P256, "ES256"), "P-384": (P384, "ES384"), "P-521": (P521, "ES512")}
_TEXTS: Final = frozenset({"use", "kty", "kid", "crv", "alg", "x5t", "x5t#S256"})
_BUFFERS: Final = frozenset({"k", "x", "y", "n", "e", "d", "p", "q", "dp", "dq", "qi"})
_ED25519: Final = 32  # bytes
# RSA, DSA, EC and Ed25519
_KNOWN_TO_GO: Final = frozenset(
    {"1.2.840.113549.1.1.1", "1.2.840.10040.4.1", "1.2.840.10045.2.1", "1.3.101.112"}
)
_THUMBPRINTS: Final = {"x5t": ("sha1", 20), "x5t#S256": ("sha256", 32)}  # the hash, and its size in bytes
_GO_TYPE: Final = "jose.rawJSONWebKey"


@dataclass(frozen=True, slots=True)
class Key:
    """One key; `algorithms` are those of ID tokens that it can verify, none for a key of another purpose.

    `numbers` are those of the public key: n and e, x and y, or (Ed25519) x.
    """

    key_id: str
    type: str
    algorithm: str
    bits: int
    algorithms: tuple[str, ...]
    private: bool = False
    curve: str = ""
    numbers: Mapping[str, int] = field(default_factory=dict, repr=False)

    def __str__(self) -> str:
        named = f"{self.key_id or '(no kid)'} ({self.type} {self.bits}"
        return f"{named}, {self.algorithm})" if self.algorithm else f"{named})"


@dataclass(slots=True)
class _Fields:
    """The members that go-jose reads: texts, bytes (None if absent or null), and the certificates."""

    texts: dict[str, str]
    buffers: dict[str, bytes | None]
    certificates: list[str]

    def number(self, name: str) -> int:
        return int.from_bytes(self.bytes(name), "big")

    def bytes(self, name: str) -> bytes:
        return self.buffers.get(name) or b""

    def exponent(self) -> int:
        """`e` as a Go int: of a longer one, the last 64 bits count."""
        return int.from_bytes(self.bytes("e")[-8:].rjust(8, b"\0"), "big", signed=True)

    def missing(self, *names: str) -> list[str]:
        return [name.upper() for name in names if self.buffers.get(name) is None]


def parse_key(value: Any) -> Key:
    """The key of one entry, parsed by `golang.unmarshal`; JOSEError if go-jose refuses it."""
    fields = _fields(value)
    try:
        chain = certificates(fields.certificates)
    except JOSEError as error:
        raise JOSEError(f"go-jose/go-jose: failed to unmarshal x5c field: {error}") from None
    key = _key(fields)
    if chain:
        _check_leaf(key.numbers, chain[0])
    _check_thumbprints(fields, chain)
    return key


def _fields(value: Any) -> _Fields:
    """Unreadable bytes and numbers end the reading at once, the first of the other mistakes is reported at the end."""
    fields, saved = _Fields({}, {}, []), None
    for name, member in jose.members(value, _GO_TYPE):
        if name in _BUFFERS:
            fields.buffers[name] = jose.buffer(member)
            continue
        try:
            if name in _TEXTS:
                fields.texts[name] = jose.text(member)
            elif name == "x5c":
                fields.certificates = jose.texts(member)
            elif name == "x5u" and member is not None and not isinstance(member, dict):
                raise jose.mismatch(member, "url.URL")
        except jose.NumberError:
            raise
        except JOSEError as error:
            saved = saved or error
    if saved is not None:
        raise saved
    return fields


def certificates(chain: list[str]) -> list[bytes]:
    """The certificates of `x5c` in DER; JOSEError if Go does not parse one."""
    from kube_oidc.verdict.golang.x509 import parse_certificate  # noqa: PLC0415 - few keys have them

    found = []
    for certificate in chain:
        try:
            found.append(base64url.decode_standard(certificate))
            parse_certificate(found[-1])
        except (base64url.IllegalError, DERError) as error:
            raise JOSEError(str(error)) from None
    return found


def _key(fields: _Fields) -> Key:
    kind, private = fields.texts.get("kty", ""), fields.buffers.get("d") is not None
    curve, numbers = "", {}
    match kind:
        case "RSA":
            _check_rsa(fields, private)
            numbers = {"n": fields.number("n"), "e": fields.exponent()}
            bits = numbers["n"].bit_length()
            algorithms = _RSA if bits >= SMALLEST_RSA_BITS else ()
        case "EC":
            found, algorithm = _check_curve(fields, private)
            curve, bits, algorithms = found.name, found.bits, (algorithm,)
            numbers = {name: fields.number(name) for name in "xy"}
        case "oct":
            if fields.certificates:
                raise JOSEError("go-jose/go-jose: invalid JWK, found 'oct' (symmetric) key with cert chain")
            if fields.missing("k"):
                raise JOSEError("go-jose/go-jose: invalid OCT (symmetric) key, missing k value")
            bits, algorithms, private = 8 * len(fields.bytes("k")), (), True
        case "OKP" if fields.texts.get("crv") == "Ed25519" and not fields.missing("x"):
            bits, algorithms = 8 * _ED25519, ()
            # go-jose copies 32 bytes: a longer text is cut off, a shorter one has zeros behind.
            numbers = {"x": int.from_bytes(fields.bytes("x")[:_ED25519].ljust(_ED25519, b"\0"), "big")}
        case "OKP":
            raise JOSEError(f"go-jose/go-jose: unknown curve {fields.texts.get('crv', '')}'")
        case _:
            raise JOSEError(f"go-jose/go-jose: unknown json web key type '{kind}'")
    named = (fields.texts.get("kid", ""), kind, fields.texts.get("alg", ""))
    return Key(*named, bits, () if private else algorithms, private, curve, numbers)


def _check_rsa(fields: _Fields, private: bool) -> None:
    if not private:
        if fields.missing("n", "e"):
            raise JOSEError("go-jose/go-jose: invalid RSA key, missing n/e values")
        return
    missing = fields.missing("n", "e", "d", "p", "q")
    if missing:
        raise JOSEError(f"go-jose/go-jose: invalid RSA private key, missing {missing[0]} value(s)")
    n, e = fields.number("n"), fields.exponent()
    d, p, q = map(fields.number, "dpq")
    if p * q != n or min(p, q) < 2 or (d * e - 1) % (p - 1) or (d * e - 1) % (q - 1):
        raise JOSEError("crypto/rsa: the private key does not belong to the public one")


def _check_curve(fields: _Fields, private: bool) -> tuple[Curve, str]:
    name, kind = fields.texts.get("crv", ""), "private" if private else "public"
    if name not in _CURVES:
        raise JOSEError(f"go-jose/go-jose: unsupported elliptic curve '{name}'")
    curve, algorithm = _CURVES[name]
    if fields.missing("x", "y"):
        what = "private key, missing x/y/d" if private else "key, missing x/y"
        raise JOSEError(f"go-jose/go-jose: invalid EC {what} values")
    for axis in ("x", "y", "d") if private else ("x", "y"):
        if len(fields.bytes(axis)) != curve.size:
            raise JOSEError(f"go-jose/go-jose: invalid EC {kind} key, wrong length for {axis}")
    if not curve.contains(fields.number("x"), fields.number("y")):
        raise JOSEError("go-jose/go-jose: invalid EC key, X/Y are not on declared curve")
    return curve, algorithm


def _check_leaf(numbers: Mapping[str, int], leaf: bytes) -> None:
    """The first certificate has to be the one of the key with these numbers; of other kinds Go reads no key."""
    from cryptography import x509  # noqa: PLC0415 - 20 ms
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa  # noqa: PLC0415

    certificate = x509.load_der_x509_certificate(leaf)
    if certificate.public_key_algorithm_oid.dotted_string not in _KNOWN_TO_GO:
        return
    try:
        public = certificate.public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm):
        public = None
    certified: dict[str, int] = {}
    if isinstance(public, rsa.RSAPublicKey):
        certified = {"n": public.public_numbers().n, "e": public.public_numbers().e}
    elif isinstance(public, ec.EllipticCurvePublicKey):
        certified = {"x": public.public_numbers().x, "y": public.public_numbers().y}
    elif isinstance(public, ed25519.Ed25519PublicKey):
        certified = {"x": int.from_bytes(public.public_bytes_raw(), "big")}
    if numbers != certified:
        raise JOSEError("go-jose/go-jose: invalid JWK, public keys in key and x5c fields to not match")


def _check_thumbprints(fields: _Fields, chain: list[bytes]) -> None:
    """First both are decoded, then their sizes are checked, then they are compared with the first certificate."""
    thumbprints = {
        name: found
        for name, (_, size) in _THUMBPRINTS.items()
        if (found := _thumbprint(fields.texts.get(name, ""), name, size))
    }
    for name, found in thumbprints.items():
        if len(found) != _THUMBPRINTS[name][1]:
            raise JOSEError(f"go-jose/go-jose: invalid JWK, {name} header is of incorrect size")
    for name, found in thumbprints.items():
        for leaf in chain[:1]:
            if found != hashlib.new(_THUMBPRINTS[name][0], leaf, usedforsecurity=False).digest():
                raise JOSEError(f"go-jose/go-jose: invalid JWK, x5c thumbprint does not match {name} value")


def _thumbprint(text: str, name: str, size: int) -> bytes:
    """The bytes, which may be written in hexadecimal digits before the base64url."""
    try:
        digest = base64url.decode(text)
    except base64url.IllegalError:
        raise JOSEError(f"go-jose/go-jose: invalid JWK, {name} header has invalid encoding") from None
    if len(digest) != 2 * size:
        return digest
    for letter in digest.decode("latin-1"):
        if letter not in string.hexdigits:
            shown = f"U+{ord(letter):04X} '{letter}'" if is_print(letter) else f"U+{ord(letter):04X}"
            reason = f"unable to hex decode {name}: encoding/hex: invalid byte: {shown}"
            raise JOSEError(f"go-jose/go-jose: invalid JWK, {reason}")
    return bytes.fromhex(digest.decode())
