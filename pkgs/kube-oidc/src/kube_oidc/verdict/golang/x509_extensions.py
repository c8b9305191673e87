"""The certificate extensions that Go parses (Go 1.26, `crypto/x509`, `processExtensions`)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from kube_oidc.verdict.golang import der, url
from kube_oidc.verdict.golang.der import DERError, Reader
from kube_oidc.verdict.golang.escaping import URLError
from kube_oidc.verdict.golang.netip import AddressError, parse_address
from kube_oidc.verdict.golang.quote import quote

_ID_CE: Final = (2, 5, 29)
_SUBJECT_ALTERNATIVE_NAME: Final = (*_ID_CE, 17)
_EMAIL, _DNS, _URI, _IP = (der.CONTEXT | number for number in (1, 2, 6, 7))
_FIRST, _SECOND = der.CONTEXT | der.CONSTRUCTED | 0, der.CONTEXT | der.CONSTRUCTED | 1

_QUOTED_LOCAL_PART: Final = re.compile(
    rb'"(?:\\[\x01-\x09\x0b\x0c\x0e-\x7f]|[\x01-\x08\x0b\x0c\x0e-\x21\x23-\x5b\x5d-\x7f])*"'
)
_LOCAL_PART: Final = re.compile(rb"(?:\\.|[0-9a-zA-Z!#$%&'*+\-/=?^_`{|}~.])+", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Extension:
    """One extension with its unparsed value."""

    oid: tuple[int, ...]
    critical: bool
    value: bytes


def check_extension(extension: Extension, *, strict_colons: bool) -> None:
    """Raises DERError if Go rejects the extension's value; unknown extensions aren't errors."""
    if extension.oid == _SUBJECT_ALTERNATIVE_NAME:
        _check_alternative_names(Reader(extension.value), strict_colons)
    elif extension.oid in _NEVER_CRITICAL and extension.critical:
        raise DERError(f"x509: {_NEVER_CRITICAL[extension.oid]} incorrectly marked critical")
    elif extension.oid in _CHECKS:
        _CHECKS[extension.oid](Reader(extension.value))


def _check_key_usage(value: Reader) -> None:
    value.bits("x509: invalid key usage")


def _check_basic_constraints(value: Reader) -> None:
    invalid = "x509: invalid basic constraints"
    constraints = value.inside(der.SEQUENCE, invalid)
    if constraints.peek(der.BOOLEAN):
        constraints.boolean(invalid)
    if constraints.peek(der.INTEGER) and constraints.int64(invalid) < 0:
        raise DERError(invalid)


def _check_alternative_names(value: Reader, strict_colons: bool) -> None:
    names = value.inside(der.SEQUENCE, "x509: invalid subject alternative names")
    while names:
        tag, _, name = names.any("x509: invalid subject alternative name")
        if tag == _IP and len(name) not in (4, 16):
            raise DERError(f"x509: cannot parse IP address of length {len(name)}")
        if tag in _NAMES and not name.isascii():
            raise DERError(f"x509: SAN {_NAMES[tag]} is malformed")
        if tag == _URI:
            _check_uri(name.decode("ascii"), strict_colons)


_NAMES: Final = {_EMAIL: "rfc822Name", _DNS: "dNSName", _URI: "uniformResourceIdentifier"}


def _check_uri(uri: str, strict_colons: bool) -> None:
    try:
        host = url.parse(uri, strict_colons=strict_colons).host
    except URLError as error:
        raise DERError(f"x509: cannot parse URI {quote(uri)}: {error}") from None
    if not _is_domain(host.encode("utf-8", "surrogateescape")):
        raise DERError(f"x509: cannot parse URI {quote(uri)}: invalid domain")


def _is_domain(name: bytes) -> bool:
    """Whether it is empty, or labels of printable ASCII separated by dots."""
    return not name or all(label and all(33 <= byte <= 126 for byte in label) for label in name.split(b"."))


def _is_constraint(name: bytes) -> bool:
    """Like `_is_domain`; a leading dot means only subdomains."""
    return _is_domain(name) or (len(name) > 1 and name.startswith(b".") and _is_domain(name[1:]))


def _is_mailbox(address: bytes) -> bool:
    """Whether it is an RFC 2821 mailbox, quoted or not."""
    if found := _QUOTED_LOCAL_PART.match(address):
        pass
    elif found := _LOCAL_PART.match(address):
        local = re.sub(rb"\\(.)", rb"\1", found[0], flags=re.DOTALL)
        if local.startswith(b".") or local.endswith(b".") or b".." in local:
            return False
    rest = address[found.end() :] if found else b""
    return rest.startswith(b"@") and _is_domain(rest[1:])


def _check_name_constraints(value: Reader) -> None:
    invalid = "x509: invalid NameConstraints extension"
    constraints = value.inside(der.SEQUENCE, invalid)
    if value:
        raise DERError(invalid)
    subtrees = [constraints.optional(tag, invalid) for tag in (_FIRST, _SECOND)]
    if constraints:
        raise DERError(invalid)
    if not any(subtrees):
        raise DERError("x509: empty name constraints extension")
    for names in subtrees:
        while names:
            tag, _, name = names.inside(der.SEQUENCE, invalid).any(invalid)
            _check_constraint(tag, name)


def _check_constraint(tag: int, name: bytes) -> None:
    if tag == _IP:
        _check_ip_constraint(name)
    if tag not in (_EMAIL, _DNS, _URI):
        return
    shown = quote(name.decode("utf-8", "surrogateescape"))
    if not name.isascii():
        raise DERError(f"x509: invalid constraint value: x509: {shown} cannot be encoded as an IA5String")
    if tag == _DNS and not _is_constraint(name):
        raise DERError(f"x509: failed to parse dnsName constraint {shown}")
    if tag == _EMAIL and not (_is_mailbox(name) if b"@" in name else _is_constraint(name)):
        raise DERError(f"x509: failed to parse rfc822Name constraint {shown}")
    if tag == _URI and _is_address(name):
        raise DERError(f"x509: failed to parse URI constraint {shown}: cannot be IP address")
    if tag == _URI and not _is_constraint(name):
        raise DERError(f"x509: failed to parse URI constraint {shown}")


def _check_ip_constraint(network: bytes) -> None:
    if len(network) not in (8, 32):
        raise DERError(f"x509: IP constraint contained value of length {len(network)}")
    mask = network[len(network) // 2 :]
    host = ~int.from_bytes(mask, "big") & ((1 << 8 * len(mask)) - 1)
    if host & (host + 1):
        raise DERError(f"x509: IP constraint contained invalid mask {mask.hex()}")


def _is_address(text: bytes) -> bool:
    try:
        return not parse_address(text.decode("ascii")).zone
    except AddressError:
        return False


def _check_distribution_points(value: Reader) -> None:
    points = value.inside(der.SEQUENCE, "x509: invalid CRL distribution points")
    invalid = "x509: invalid CRL distribution point"
    while points:
        name = points.inside(der.SEQUENCE, invalid).optional(_FIRST, invalid)
        names = name.inside(_FIRST, invalid) if name is not None else None
        while names and names.peek(_URI):
            names.content(_URI, invalid)


def _check_authority_key(value: Reader) -> None:
    invalid = "x509: invalid authority key identifier"
    value.inside(der.SEQUENCE, invalid).optional(der.CONTEXT | 0, invalid)


def _check_subject_key(value: Reader) -> None:
    value.content(der.OCTET_STRING, "x509: invalid subject key identifier")


def _check_policy_constraints(value: Reader) -> None:
    invalid = "x509: invalid policy constraints extension"
    constraints = value.inside(der.SEQUENCE, invalid)
    for tag in (der.CONTEXT | 0, der.CONTEXT | 1):
        if constraints.peek(tag):
            constraints.int64(invalid, tag)


def _check_inhibit_any_policy(value: Reader) -> None:
    value.int64("x509: invalid inhibit any policy extension")


def _check_extended_key_usage(value: Reader) -> None:
    invalid = "x509: invalid extended key usages"
    usages = value.inside(der.SEQUENCE, invalid)
    while usages:
        usages.oid(invalid)


def _check_policies(value: Reader) -> None:
    invalid = "x509: invalid certificate policies"
    policies = value.inside(der.SEQUENCE, invalid)
    seen: set[bytes] = set()
    while policies:
        policy = policies.inside(der.SEQUENCE, invalid).content(der.OBJECT_IDENTIFIER, invalid)
        if policy in seen or not der.is_oid(policy):
            raise DERError(invalid)
        seen.add(policy)


def _check_policy_mappings(value: Reader) -> None:
    invalid = "x509: invalid policy mappings extension"
    mappings = value.inside(der.SEQUENCE, invalid)
    while mappings:
        mapping = mappings.inside(der.SEQUENCE, invalid)
        for _ in ("issuer", "subject"):
            mapping.content(der.OBJECT_IDENTIFIER, invalid)


def _check_authority_information(value: Reader) -> None:
    invalid = "x509: invalid authority info access"
    descriptions = value.inside(der.SEQUENCE, invalid)
    while descriptions:
        description = descriptions.inside(der.SEQUENCE, invalid)
        description.oid(invalid)
        description.optional(_URI, invalid)


_AUTHORITY_INFORMATION: Final = (1, 3, 6, 1, 5, 5, 7, 1, 1)
_NEVER_CRITICAL: Final = {
    (*_ID_CE, 14): "subject key identifier",
    (*_ID_CE, 35): "authority key identifier",
    _AUTHORITY_INFORMATION: "authority info access",
}
_CHECKS: Final[dict[tuple[int, ...], Callable[[Reader], None]]] = {
    (*_ID_CE, 14): _check_subject_key,
    (*_ID_CE, 15): _check_key_usage,
    (*_ID_CE, 19): _check_basic_constraints,
    (*_ID_CE, 30): _check_name_constraints,
    (*_ID_CE, 31): _check_distribution_points,
    (*_ID_CE, 32): _check_policies,
    (*_ID_CE, 33): _check_policy_mappings,
    (*_ID_CE, 35): _check_authority_key,
    (*_ID_CE, 36): _check_policy_constraints,
    (*_ID_CE, 37): _check_extended_key_usage,
    (*_ID_CE, 54): _check_inhibit_any_policy,
    _AUTHORITY_INFORMATION: _check_authority_information,
}
