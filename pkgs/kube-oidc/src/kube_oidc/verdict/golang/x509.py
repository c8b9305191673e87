"""X.509 certificates, parsed like Go's `crypto/x509.ParseCertificate`, with its errors.

Source: Go 1.26, `src/crypto/x509/parser.go`. Like `ParseCertificate`, it verifies no signature.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kube_oidc.verdict.golang import der
from kube_oidc.verdict.golang.der import DERError, Reader
from kube_oidc.verdict.golang.x509_extensions import Extension, check_extension
from kube_oidc.verdict.golang.x509_keys import check_public_key

_VERSION: Final = der.CONTEXT | der.CONSTRUCTED | 0
_UNIQUE_IDS: Final = {"issuerUniqueID": der.CONTEXT | 1, "subjectUniqueID": der.CONTEXT | 2}
_EXTENSIONS: Final = der.CONTEXT | der.CONSTRUCTED | 3
_PRINTABLE: Final = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'()+,-./ :=?*&")


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate's validity, in Unix seconds."""

    not_before: int
    not_after: int


def parse_certificate(
    data: bytes, *, strict_colons: bool = True, negative_serials: bool = False
) -> Certificate:
    """Parses a certificate; raises DERError with Go's message.

    `strict_colons` as in `url.parse` (Go 1.26); `negative_serials` are accepted, as in Go before 1.23.
    """
    malformed = "x509: malformed certificate"
    outer = Reader(data)
    whole = outer.inside(der.SEQUENCE, malformed)
    tbs = whole.inside(der.SEQUENCE, "x509: malformed tbs certificate")
    version = _version(tbs)
    if tbs.integer("x509: malformed serial number") < 0 and not negative_serials:
        raise DERError("x509: negative serial number")
    _signature_algorithm(tbs, whole)
    _name(tbs.inside(der.SEQUENCE, "x509: malformed issuer"))
    certificate = _validity(tbs.inside(der.SEQUENCE, "x509: malformed validity"))
    _name(tbs.inside(der.SEQUENCE, "x509: malformed issuer"))
    _public_key(tbs.inside(der.SEQUENCE, "x509: malformed spki"))
    if version in (2, 3):
        for name, tag in _UNIQUE_IDS.items():
            tbs.optional(tag, f"x509: malformed {name}")
    if version == 3:
        for extension in _extensions(tbs):
            check_extension(extension, strict_colons=strict_colons)
    whole.bits("x509: malformed signature")
    if outer:
        raise DERError("x509: trailing data")
    return certificate


def not_after(data: bytes) -> int | None:
    """The last second of the certificate's validity, in Unix seconds; None if it can't be parsed."""
    try:
        return parse_certificate(data, strict_colons=False, negative_serials=True).not_after
    except DERError:
        return None


def _version(tbs: Reader) -> int:
    """1 to 3; beyond the largest `int64`, Go's sum wraps to a negative number, which it accepts."""
    explicit = tbs.optional(_VERSION, "x509: malformed version")
    if explicit is None:
        return 1
    version = explicit.int64("x509: malformed version")
    if explicit or version < 0:
        raise DERError("x509: malformed version")
    if 2 < version < 2**63 - 1:
        raise DERError("x509: invalid version")
    return version + 1


def _signature_algorithm(tbs: Reader, whole: Reader) -> None:
    inner = tbs.content(der.SEQUENCE, "x509: malformed signature algorithm identifier")
    if whole.content(der.SEQUENCE, "x509: malformed algorithm identifier") != inner:
        raise DERError("x509: inner and outer signature algorithm identifiers don't match")
    _algorithm(Reader(inner))


def _algorithm(identifier: Reader) -> tuple[tuple[int, ...], bytes]:
    """The algorithm and its parameters, "" for none."""
    oid = identifier.oid("x509: malformed OID")
    return oid, identifier.any("x509: malformed parameters")[1] if identifier else b""


def _name(sequence: Reader) -> None:
    invalid = "x509: invalid RDNSequence"
    while sequence:
        names = sequence.inside(der.SET, invalid)
        while names:
            attribute = names.inside(der.SEQUENCE, f"{invalid}: invalid attribute")
            attribute.oid(f"{invalid}: invalid attribute type")
            tag, _, value = attribute.any(f"{invalid}: invalid attribute value")
            reason = _string_error(tag, value)
            if reason is not None:
                raise DERError(f"{invalid}: invalid attribute value: {reason}")


def _string_error(tag: int, value: bytes) -> str | None:
    """What is wrong with a string of this ASN.1 type."""
    match tag:
        case 0x0C:
            return None if _is_utf8(value) else "invalid UTF-8 string"
        case 0x12:
            return None if set(value) <= set(b"0123456789 ") else "invalid NumericString"
        case 0x13:
            return None if set(value) <= _PRINTABLE else "invalid PrintableString"
        case 0x14:  # T61String, read as Latin-1
            return None
        case 0x16:
            return None if value.isascii() else "invalid IA5String"
        case 0x1E:
            return None if _is_bmp(value) else "invalid BMPString"
    return f"unsupported string type: {tag}"


def _is_utf8(value: bytes) -> bool:
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _is_bmp(value: bytes) -> bool:
    """Whether these are complete UCS-2 characters without surrogates and noncharacters."""
    if len(value) % 2:
        return False
    points = (value[at] << 8 | value[at + 1] for at in range(0, len(value), 2))
    return not any(
        0xD800 <= point <= 0xDFFF or 0xFDD0 <= point <= 0xFDEF or point >= 0xFFFE for point in points
    )


def _validity(validity: Reader) -> Certificate:
    return Certificate(_time(validity), _time(validity))


def _time(reader: Reader) -> int:
    if reader.peek(der.UTC_TIME):
        return reader.time(der.UTC_TIME, "x509: malformed UTCTime")
    if reader.peek(der.GENERALIZED_TIME):
        return reader.time(der.GENERALIZED_TIME, "x509: malformed GeneralizedTime")
    raise DERError("x509: unsupported time format")


def _public_key(info: Reader) -> None:
    algorithm, parameters = _algorithm(
        info.inside(der.SEQUENCE, "x509: malformed public key algorithm identifier")
    )
    check_public_key(algorithm, parameters, info.bits("x509: malformed subjectPublicKey"))


def _extensions(tbs: Reader) -> list[Extension]:
    """All of them, in order; each kind at most once."""
    explicit = tbs.optional(_EXTENSIONS, "x509: malformed extensions")
    if explicit is None:
        return []
    sequence = explicit.inside(der.SEQUENCE, "x509: malformed extensions")
    found: dict[tuple[int, ...], Extension] = {}
    while sequence:
        reader = sequence.inside(der.SEQUENCE, "x509: malformed extension")
        oid = reader.oid("x509: malformed extension OID field")
        critical = reader.peek(der.BOOLEAN) and reader.boolean("x509: malformed extension critical field")
        value = reader.content(der.OCTET_STRING, "x509: malformed extension value field")
        if oid in found:
            dotted = ".".join(map(str, oid))
            raise DERError(f'x509: certificate contains duplicate extension with OID "{dotted}"')
        found[oid] = Extension(oid, critical, value)
    return list(found.values())
