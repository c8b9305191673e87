"""IP addresses and CIDR prefixes (Kubernetes' `pkg/cel/library/ip.go` and `cidr.go`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kube_oidc.cel.libraries.values import (
    TYPE,
    LibraryError,
    NoOverloadError,
    Opaque,
    is_opaque,
    opaque,
    string,
)
from kube_oidc.golang.netip import Address, AddressError, Prefix, parse_address, parse_prefix
from kube_oidc.golang.quote import quote

IP_TYPE = "net.IP"
CIDR_TYPE = "net.CIDR"


def _parse_ip(text: str) -> Address:
    try:
        address = parse_address(text)
    except AddressError as error:
        message = f"IP Address {quote(text)} parse error during conversion from string: {error}"
        raise LibraryError(message) from None
    if address.zone:
        raise LibraryError(f"IP address {quote(text)} with zone value is not allowed")
    if address.is_mapped:
        raise LibraryError(f"IPv4-mapped IPv6 address {quote(text)} is not allowed")
    return address


def _parse_cidr(text: str) -> Prefix:
    try:
        prefix = parse_prefix(text)
    except AddressError as error:
        raise LibraryError(f"network address parse error during conversion from string: {error}") from None
    if prefix.address.is_mapped:
        raise LibraryError(f"IPv4-mapped IPv6 address {quote(text)} is not allowed")
    return prefix


def _ip_value(address: Address) -> Opaque:
    return Opaque({TYPE: IP_TYPE, "address": str(address)})


def _cidr_value(prefix: Prefix) -> Opaque:
    return Opaque({TYPE: CIDR_TYPE, "prefix": str(prefix)})


def _address(value: object) -> Address:
    return parse_address(opaque(value, IP_TYPE)["address"])


def _prefix(value: object) -> Prefix:
    return parse_prefix(opaque(value, CIDR_TYPE)["prefix"])


def ip(value: object) -> Opaque:
    """The address of its text, or the address part of a CIDR, host bits included."""
    if is_opaque(value, CIDR_TYPE):
        return _ip_value(_prefix(value).address)
    return _ip_value(_parse_ip(string(value)))


def is_ip(text: object) -> bool:
    """Whether `ip` takes the text."""
    try:
        _parse_ip(string(text))
    except NoOverloadError:
        raise
    except LibraryError:
        return False
    return True


def ip_is_canonical(text: object) -> bool:
    """Whether the text is the one that Go prints; an error where it is no address."""
    return str(_parse_ip(string(text))) == text


def family(value: object) -> int:
    """4 or 6."""
    return 4 if _address(value).bits == 32 else 6


def is_unspecified(value: object) -> bool:
    """Whether it is 0.0.0.0 or ::."""
    return _address(value).number == 0


def is_loopback(value: object) -> bool:
    """Whether it is in 127.0.0.0/8, or ::1."""
    return _in(_address(value), "127.0.0.0/8", "::1/128")


def is_link_local_multicast(value: object) -> bool:
    """Whether it is in 224.0.0.0/24, or of IPv6's link-local multicast, whatever its flags."""
    address = _address(value)
    return _in(address, "224.0.0.0/24") or (address.bits == 128 and address.number >> 112 & 0xFF0F == 0xFF02)


def is_link_local_unicast(value: object) -> bool:
    """Whether it is in 169.254.0.0/16 or fe80::/10."""
    return _in(_address(value), "169.254.0.0/16", "fe80::/10")


def is_global_unicast(value: object) -> bool:
    """Whether it is none of the above, no multicast and no broadcast; private addresses are global here."""
    special = _in(_address(value), "255.255.255.255/32", "224.0.0.0/4", "ff00::/8")
    return not (special or is_unspecified(value) or is_loopback(value) or is_link_local_unicast(value))


def _in(address: Address, *prefixes: str) -> bool:
    return any(parse_prefix(prefix).contains(address) for prefix in prefixes)


def cidr(text: object) -> Opaque:
    """The prefix of its text; host bits may be set."""
    try:
        return _cidr_value(_parse_cidr(string(text)))
    except NoOverloadError:
        raise
    except LibraryError as error:
        message = f"network address parse error during conversion from string: {error}"
        raise LibraryError(message) from None


def is_cidr(text: object) -> bool:
    """Whether `cidr` takes the text."""
    try:
        _parse_cidr(string(text))
    except NoOverloadError:
        raise
    except LibraryError:
        return False
    return True


def contains_ip(value: object, other: object) -> bool:
    """Whether the address, or its text, is in the prefix; a text that is no address is "no such overload"."""
    prefix = _prefix(value)
    if isinstance(other, str):
        if not is_ip(other):
            raise LibraryError("no such overload")
        return prefix.contains(_parse_ip(other))
    return prefix.contains(_address(other))


def contains_cidr(value: object, other: object) -> bool:
    """Whether the whole other prefix, or its text, is in the prefix."""
    prefix = _prefix(value)
    inner = _prefix(cidr(other) if isinstance(other, str) else other)
    return prefix.length <= inner.length and prefix.contains(inner.address)


def masked(value: object) -> Opaque:
    """The prefix without host bits."""
    return _cidr_value(_prefix(value).masked())


def to_string(value: object) -> str:
    """`string` of an address or a prefix."""
    return str(_prefix(value) if is_opaque(value, CIDR_TYPE) else _address(value))


FUNCTIONS: Final[dict[str, Callable[..., object]]] = {
    "ip": ip,
    "isIP": is_ip,
    "ip.isCanonical": ip_is_canonical,
    "family": family,
    "isUnspecified": is_unspecified,
    "isLoopback": is_loopback,
    "isLinkLocalMulticast": is_link_local_multicast,
    "isLinkLocalUnicast": is_link_local_unicast,
    "isGlobalUnicast": is_global_unicast,
    "cidr": cidr,
    "isCIDR": is_cidr,
    "containsIP": contains_ip,
    "containsCIDR": contains_cidr,
    "prefixLength": lambda value: _prefix(value).length,
    "masked": masked,
    "string": to_string,
}
