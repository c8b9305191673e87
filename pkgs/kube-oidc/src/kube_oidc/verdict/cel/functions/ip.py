"""IP addresses (Kubernetes' `pkg/cel/library/ip.go`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kube_oidc.verdict.cel.values import CelError, Opaque, takes
from kube_oidc.verdict.golang.netip import Address, AddressError, parse_address, parse_prefix
from kube_oidc.verdict.golang.quote import quote


@dataclass(frozen=True, slots=True)
class IP(Opaque):
    """An address without a zone."""

    address: Address
    type_name = "net.IP"
    go_type = "cel.IP"

    @property
    def size(self) -> int:
        """The address's size in bytes."""
        return self.address.bits // 8


def parsed(text: str) -> Address:
    """Parses an address; raises CelError if it is invalid, has a zone, or is an IPv4-mapped IPv6 address."""
    try:
        address = parse_address(text)
    except AddressError as error:
        message = f"IP Address {quote(text)} parse error during conversion from string: {error}"
        raise CelError(message) from None
    if address.zone:
        raise CelError(f"IP address {quote(text)} with zone value is not allowed")
    if address.is_mapped:
        raise CelError(f"IPv4-mapped IPv6 address {quote(text)} is not allowed")
    return address


def _is_unspecified(ip: IP) -> bool:
    return ip.address.number == 0


def _is_loopback(ip: IP) -> bool:
    return _in(ip, "127.0.0.0/8", "::1/128")


def _is_link_local_multicast(ip: IP) -> bool:
    """Whether it is in 224.0.0.0/24, or IPv6 link-local multicast with any flags."""
    address = ip.address
    return _in(ip, "224.0.0.0/24") or (address.bits == 128 and address.number >> 112 & 0xFF0F == 0xFF02)


def _is_link_local_unicast(ip: IP) -> bool:
    return _in(ip, "169.254.0.0/16", "fe80::/10")


def _is_global_unicast(ip: IP) -> bool:
    """Whether it is none of the above, nor multicast or broadcast; private addresses count as global."""
    special = _in(ip, "255.255.255.255/32", "224.0.0.0/4", "ff00::/8")
    return not (special or _is_unspecified(ip) or _is_loopback(ip) or _is_link_local_unicast(ip))


def _in(ip: IP, *prefixes: str) -> bool:
    return any(parse_prefix(prefix).contains(ip.address) for prefix in prefixes)


FUNCTIONS: Final = {
    "string_to_ip": lambda text: IP(parsed(text)),
    "is_ip": takes(parsed),
    "ip_is_canonical": lambda text: str(parsed(text)) == text,
    "ip_family": lambda ip: 4 if ip.address.bits == 32 else 6,
    "ip_is_unspecified": _is_unspecified,
    "ip_is_loopback": _is_loopback,
    "ip_is_link_local_multicast": _is_link_local_multicast,
    "ip_is_link_local_unicast": _is_link_local_unicast,
    "ip_is_global_unicast": _is_global_unicast,
    "ip_to_string": lambda ip: str(ip.address),
}
