"""CIDR prefixes (Kubernetes' `pkg/cel/library/cidr.go`)."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Final

from kube_oidc.verdict.cel.comparison import no_overload
from kube_oidc.verdict.cel.functions.ip import IP, parsed
from kube_oidc.verdict.cel.values import CelError, Opaque, Undecided, takes
from kube_oidc.verdict.golang.netip import AddressError, Prefix, parse_prefix
from kube_oidc.verdict.golang.quote import quote

_NO_PREFIX: Final = "network address parse error during conversion from string: "


@dataclass(frozen=True, slots=True)
class CIDR(Opaque):
    """A prefix with its host bits."""

    prefix: Prefix
    type_name = "net.CIDR"
    go_type = "cel.CIDR"

    @property
    def size(self) -> int:
        """In bytes, of the prefix alone."""
        return ceil(self.prefix.length / 8)


def _cidr(text: str) -> CIDR:
    try:
        prefix = parse_prefix(text)
    except AddressError as error:
        raise CelError(f"{_NO_PREFIX}{_NO_PREFIX}{error}") from None
    if prefix.address.is_mapped:
        raise CelError(f"{_NO_PREFIX}IPv4-mapped IPv6 address {quote(text)} is not allowed")
    return CIDR(prefix)


def _contains_text(cidr: CIDR, text: str) -> bool:
    """Whether the address is in the prefix; a text that is no address is "no such overload"."""
    try:
        address = parsed(text)
    except CelError:
        no_overload()
    return cidr.prefix.contains(address)


def _contains_cidr(cidr: CIDR, other: CIDR) -> bool:
    """Whether the whole other prefix is in the prefix."""
    outer, inner = cidr.prefix, other.prefix
    return outer.length <= inner.length and outer.contains(inner.address)


def _contains_cidr_31(cidr: CIDR, other: CIDR) -> bool:
    """Before 1.32: only a prefix with the very address of the first, whatever lies in it."""
    outer, inner = cidr.prefix, other.prefix
    return outer.length <= inner.length and outer.masked().address == inner.address


def _contains_cidr_32(cidr: CIDR, other: CIDR) -> bool:
    """1.32.4 brought what 1.33 has."""
    contained = _contains_cidr(cidr, other)
    if contained != _contains_cidr_31(cidr, other):
        raise Undecided("containsCIDR(), which answers otherwise before 1.32.4")
    return contained


FUNCTIONS: Final = {
    "string_to_cidr": _cidr,
    "is_cidr": takes(_cidr),
    "cidr_contains_ip_string": _contains_text,
    "cidr_contains_ip_ip": lambda cidr, ip: cidr.prefix.contains(ip.address),
    "cidr_contains_cidr_string": lambda cidr, text: _contains_cidr(cidr, _cidr(text)),
    "cidr_contains_cidr": _contains_cidr,
    "cidr_ip": lambda cidr: IP(cidr.prefix.address),
    "cidr_prefix_length": lambda cidr: cidr.prefix.length,
    "cidr_masked": lambda cidr: CIDR(cidr.prefix.masked()),
    "cidr_to_string": lambda cidr: str(cidr.prefix),
}
BEFORE: Final = {
    minor: {
        "cidr_contains_cidr_string": lambda cidr, text, contains=contains: contains(cidr, _cidr(text)),
        "cidr_contains_cidr": contains,
    }
    for minor, contains in ((32, _contains_cidr_31), (33, _contains_cidr_32))
}
